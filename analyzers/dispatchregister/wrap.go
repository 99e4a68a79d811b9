package dispatchregister

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/format"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/cloud-functions-dispatch/go/analyzers/internal/dispatchapi"
	"github.com/cloud-functions-dispatch/go/analyzers/registration"
)

// A wrapper writes a top-level function that calls a method, or a function with several
// results, so that it can be registered.
type wrapper struct {
	pass  *analysis.Pass
	file  *ast.File
	decl  ast.Decl // the declaration around the registration
	names *names

	edits []analysis.TextEdit // imports
	lacks bool                // something has no name in the file
}

// wrap returns the fix that registers a wrapper of the function of r. It returns nil
// unless the wrapper is sure to compile and to mean the same.
func wrap(pass *analysis.Pass, r *registration.Registration, n *names) []analysis.SuggestedFix {
	if !isWrappable(pass, r) {
		return nil
	}
	w := &wrapper{pass: pass, names: n}
	for _, f := range pass.Files {
		if f.FileStart <= r.Arg.Pos() && r.Arg.Pos() < f.FileEnd {
			w.file = f
		}
	}
	for _, d := range w.file.Decls {
		if d.Pos() <= r.Arg.Pos() && r.Arg.Pos() < d.End() {
			w.decl = d
		}
	}
	if w.decl == nil || w.retypes(r) && !canRetype(pass, w.file, r) {
		return nil
	}
	name := n.choose(r)
	if name == "" {
		return nil
	}
	text := w.function(name, r)
	opening := w.opening(r)
	if w.lacks {
		return nil
	}
	end := w.after(w.decl)
	edits := append(w.edits, analysis.TextEdit{Pos: r.Arg.Pos(), End: r.Arg.End(), NewText: []byte(name)}, analysis.TextEdit{Pos: end, End: end, NewText: []byte(text)})
	return []analysis.SuggestedFix{{
		Message:   fmt.Sprintf("Register a function that calls %s", types.ExprString(r.Arg)),
		TextEdits: append(edits, opening...),
	}}
}

// retypes reports whether the wrapper has another type than the function.
func (w *wrapper) retypes(r *registration.Registration) bool {
	return len(r.Arguments()) != r.Form.Params().Len()-1 || r.Form.Results().Len() != 1
}

// isWrappable reports whether a wrapper is surely meant: r registers a method of a value
// that a package variable leads to, or a function that returns more than its error.
func isWrappable(pass *analysis.Pass, r *registration.Registration) bool {
	if r.Arg == nil || r.Form == nil || r.Obj == nil || r.Test || registration.PathOf(pass.Pkg) == "main" {
		return false
	}
	if slices.ContainsFunc(r.Problems, func(p registration.Problem) bool { return len(p.Fixes) > 0 }) {
		return false
	}
	method := r.Obj.Signature().Recv() != nil
	switch arg := ast.Unparen(r.Arg).(type) {
	case *ast.Ident:
	case *ast.SelectorExpr:
		if method && (pass.TypesInfo.Selections[arg].Kind() != types.MethodVal || !isStatic(pass.TypesInfo, arg.X)) {
			return false
		}
	default:
		return false
	}
	if !method && (r.Obj.Signature().TypeParams().Len() > 0 || len(r.Arguments()) == r.Form.Params().Len() || r.Form.Results().Len() < 2) {
		return false
	}
	errors := 0
	for v := range r.Form.Results().Variables() {
		switch {
		case isError(v.Type()):
			errors++
		case mustBeClosed(v.Type()):
			return false
		}
	}
	return errors == 1 || method && r.Form.Results().Len() == 0
}

// isStatic reports whether e means the same in any function of the package and has no
// effect: it leads from a package variable to a field, or is a composite literal.
func isStatic(info *types.Info, e ast.Expr) bool {
	for n := range ast.Preorder(e) {
		switch n := n.(type) {
		case *ast.CallExpr, *ast.FuncLit, *ast.TypeAssertExpr:
			return false
		case *ast.UnaryExpr:
			if n.Op != token.AND {
				return false
			}
		case *ast.Ident:
			obj := info.Uses[n]
			if obj == nil {
				continue // a key of a literal, or a field
			}
			v, isVar := obj.(*types.Var)
			if obj.Pkg() != nil && !(isVar && v.IsField()) && obj.Parent() != obj.Pkg().Scope() {
				if _, isPkg := obj.(*types.PkgName); !isPkg {
					return false
				}
			}
		}
	}
	return true
}

// mustBeClosed reports whether a value of t, or the body of a response, has to be closed.
func mustBeClosed(t types.Type) bool {
	for _, name := range []string{"Close", "Body"} {
		if obj, _, _ := types.LookupFieldOrMethod(t, true, nil, name); obj != nil {
			return true
		}
	}
	return false
}

func isError(t types.Type) bool {
	return types.Identical(t, types.Universe.Lookup("error").Type())
}

// function returns the source of the wrapper.
func (w *wrapper) function(name string, r *registration.Registration) string {
	taken := map[string]bool{"ctx": true, "err": true, "nil": true, "_": true, "": true}
	for n := range ast.Preorder(r.Arg) {
		if id, ok := n.(*ast.Ident); ok {
			taken[id.Name] = true
		}
	}
	params, args := []string{"ctx " + w.context()}, []string(nil)
	for i := range r.Form.Params().Len() {
		v := r.Form.Params().At(i)
		if registration.IsContext(v.Type()) {
			args = append(args, "ctx")
			continue
		}
		param := v.Name()
		for n := i; taken[param]; n++ {
			param = fmt.Sprint("arg", n)
		}
		taken[param] = true
		typ, dots := w.typeString(v.Type()), ""
		if r.Form.Variadic() && i == r.Form.Params().Len()-1 {
			typ, dots = "..."+strings.TrimPrefix(typ, "[]"), "..."
		}
		params, args = append(params, param+" "+typ), append(args, param+dots)
	}
	call := fmt.Sprintf("%s(%s)", w.source(r.Arg), strings.Join(args, ", "))
	return fmt.Sprintf("\n\nfunc %s(%s) error {\n\t%s\n}", name, strings.Join(params, ", "), body(call, r.Form.Results()))
}

// source returns the source of e.
func (w *wrapper) source(e ast.Expr) string {
	var text bytes.Buffer
	if err := format.Node(&text, w.pass.Fset, e); err != nil {
		w.lacks = true
	}
	return text.String()
}

// body returns the statements that make a call and return its error.
func body(call string, results *types.Tuple) string {
	if results.Len() == 0 {
		return call + "\n\treturn nil"
	}
	if results.Len() == 1 {
		return "return " + call
	}
	var left []string
	for v := range results.Variables() {
		if isError(v.Type()) {
			left = append(left, "err")
		} else {
			left = append(left, "_")
		}
	}
	return strings.Join(left, ", ") + " := " + call + "\n\treturn err"
}

// opening returns the edit that adds the skeleton of an OnStart after the declaration of
// the receiver: a variable that nothing in the callee sets.
func (w *wrapper) opening(r *registration.Registration) []analysis.TextEdit {
	sel, ok := ast.Unparen(r.Arg).(*ast.SelectorExpr)
	if !ok {
		return nil
	}
	id, ok := ast.Unparen(sel.X).(*ast.Ident)
	if !ok {
		return nil
	}
	v, ok := w.pass.TypesInfo.Uses[id].(*types.Var)
	if !ok || !isNilable(v.Type()) {
		return nil
	}
	decl := w.names.unset(v)
	if decl == nil {
		return nil
	}
	at := w // whose edits have the imports of its file
	for _, f := range w.pass.Files {
		if slices.Contains(f.Decls, ast.Decl(decl)) && f != w.file {
			at = &wrapper{pass: w.pass, names: w.names, file: f}
		}
	}
	text := fmt.Sprintf("\n\nfunc init() {\n\t%s(func(ctx %s) error {\n\t\tpanic(%q)\n\t})\n}", at.qualified(dispatchapi.Path, "dispatch", dispatchapi.OnStart), at.context(), "open "+v.Name()+" here: it is nil in the callee")
	w.lacks = w.lacks || at.lacks
	end := at.after(decl)
	edit := analysis.TextEdit{Pos: end, End: end, NewText: []byte(text)}
	if at == w {
		return []analysis.TextEdit{edit}
	}
	return append(at.edits, edit)
}

func isNilable(t types.Type) bool {
	switch t.Underlying().(type) {
	case *types.Pointer, *types.Interface, *types.Map, *types.Signature:
		return true
	}
	return false
}

// after returns the end of the line on which a declaration ends, so that a comment there
// stays, or the end of the declaration if more follows.
func (w *wrapper) after(decl ast.Decl) token.Pos {
	file := w.pass.Fset.File(decl.Pos())
	line := file.Line(decl.End())
	end := decl.End()
	for _, d := range w.file.Decls {
		if d.Pos() >= decl.End() && file.Line(d.Pos()) == line {
			return end
		}
	}
	for _, c := range w.file.Comments {
		if c.Pos() >= decl.End() && file.Line(c.Pos()) == line {
			if file.Line(c.End()) != line {
				return decl.End()
			}
			end = max(end, c.End())
		}
	}
	return end
}
