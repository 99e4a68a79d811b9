package dispatchregister

import (
	_ "embed"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/cloud-functions-dispatch/go/analyzers/internal/check"
	"github.com/cloud-functions-dispatch/go/analyzers/internal/directive"
	"github.com/cloud-functions-dispatch/go/analyzers/internal/dispatchapi"
	"github.com/cloud-functions-dispatch/go/analyzers/registration"
)

//go:embed doc.go
var doc string

var Analyzer = check.New(doc, run)

func run(pass *analysis.Pass, model *registration.Result) {
	type mistake struct {
		pos     token.Pos
		message string
	}
	reported := make(map[mistake]bool) // registrations that share an option share its problem
	free := &names{pass: pass}
	for _, r := range model.Registrations {
		for i, p := range r.Problems {
			if i == 0 && r.Arg != nil && p.Pos() == r.Arg.Pos() {
				p.Fixes = append(p.Fixes, wrap(pass, r, free)...)
			}
			if reported[mistake{p.Pos(), p.Message}] {
				continue
			}
			reported[mistake{p.Pos(), p.Message}] = true
			pass.Report(analysis.Diagnostic{Pos: p.Pos(), End: p.End(), Message: p.Message, SuggestedFixes: p.Fixes})
		}
	}
	directive.Check(pass)
	checkTaken(pass, model)
	checkImports(pass, model)
	for _, f := range pass.Files {
		checkFuncs(pass, f)
		checkShared(pass, model, f)
	}
}

// checkTaken reports each registration under a name that is already registered by an
// import or earlier in the package.
func checkTaken(pass *analysis.Pass, model *registration.Result) {
	taken := make(map[string]registration.Function)
	for _, f := range model.Imported {
		for _, name := range f.Names() {
			taken[name] = f
		}
	}
	for _, r := range model.Registrations {
		if !r.Served {
			continue
		}
		for _, name := range r.Names() {
			if other, ok := taken[name]; ok && len(r.Problems) == 0 {
				pass.Report(analysis.Diagnostic{
					Pos:     r.Call.Pos(),
					End:     r.Call.End(),
					Message: fmt.Sprintf("%s is registered as %q, but %s has that name already, at %s: Register panics (give one of them another name)", r.Func, name, other.Func, other.Pos),
				})
				break
			}
			taken[name] = r.Function
		}
	}
}

// checkImports reports names that two imports register, unless one import brings both:
// the conflict is then reported there already.
func checkImports(pass *analysis.Pass, model *registration.Result) {
	byName := make(map[string]registration.Function)
	for _, f := range model.Imported {
		for _, name := range f.Names() {
			other, ok := byName[name]
			if !ok {
				byName[name] = f
				continue
			}
			if together(model, f, other) {
				continue
			}
			pass.Reportf(importOf(pass, model, f), "%s of %s and %s of %s are both registered as %q: Register panics (give one of them another name)", other.Func, other.Package, f.Func, f.Package, name)
		}
	}
}

// together reports whether one import brings both a and b.
func together(model *registration.Result, a, b registration.Function) bool {
	for _, fact := range model.Facts {
		if slices.ContainsFunc(fact.Functions, a.Same) && slices.ContainsFunc(fact.Functions, b.Same) {
			return true
		}
	}
	return false
}

// importOf returns the position of the import that brings f.
func importOf(pass *analysis.Pass, model *registration.Result, f registration.Function) token.Pos {
	for _, file := range pass.Files {
		for _, spec := range file.Imports {
			path, _ := strconv.Unquote(spec.Path.Value)
			if fact := model.Facts[path]; fact != nil && slices.ContainsFunc(fact.Functions, f.Same) {
				return spec.Pos()
			}
		}
	}
	return pass.Files[0].Name.Pos()
}

// checkFuncs reports a dispatch.Func that Register did not make, and a change of the
// field Call.
func checkFuncs(pass *analysis.Pass, file *ast.File) {
	const unmade = "dispatch.Func is not made by dispatch.Register: its Call is nil and panics (use the Func that Register returns)"
	for n := range ast.Preorder(file) {
		switch n := n.(type) {
		case *ast.CompositeLit:
			if dispatchapi.IsFunc(pass.TypesInfo.TypeOf(n)) {
				pass.ReportRangef(n, unmade)
			}
		case *ast.CallExpr:
			b, ok := pass.TypesInfo.Uses[calleeIdent(n)].(*types.Builtin)
			if ok && b.Name() == "new" && dispatchapi.IsFunc(pass.TypesInfo.TypeOf(n.Args[0])) {
				pass.ReportRangef(n, unmade)
			}
		case *ast.ValueSpec:
			if n.Type != nil && dispatchapi.IsFunc(pass.TypesInfo.TypeOf(n.Type)) {
				pass.ReportRangef(n.Type, "variable is a dispatch.Func that dispatch.Register did not make: its Call is nil and panics (use the pointer that Register returns)")
			}
		case *ast.AssignStmt:
			for _, lhs := range n.Lhs {
				checkChanged(pass, lhs)
			}
		case *ast.UnaryExpr:
			if n.Op == token.AND {
				checkChanged(pass, n.X)
			}
		}
	}
}

// checkChanged reports e if it is the field Call of a dispatch.Func.
func checkChanged(pass *analysis.Pass, e ast.Expr) {
	sel, ok := ast.Unparen(e).(*ast.SelectorExpr)
	if ok && dispatchapi.IsCall(pass.TypesInfo, sel) {
		pass.ReportRangef(sel, "the field Call of a dispatch.Func is changed: its calls are no longer published (to send them elsewhere, use dispatch.WithClient)")
	}
}

// checkShared reports assignments outside tests to the options of another package, or
// to an element of them.
func checkShared(pass *analysis.Pass, model *registration.Result, file *ast.File) {
	if strings.HasSuffix(pass.Fset.File(file.FileStart).Name(), "_test.go") {
		return
	}
	for n := range ast.Preorder(file) {
		a, ok := n.(*ast.AssignStmt)
		if !ok {
			continue
		}
		for _, lhs := range a.Lhs {
			if index, ok := ast.Unparen(lhs).(*ast.IndexExpr); ok {
				lhs = index.X
			}
			sel, ok := ast.Unparen(lhs).(*ast.SelectorExpr)
			if !ok {
				continue
			}
			if v, ok := pass.TypesInfo.Uses[sel.Sel].(*types.Var); ok && model.Shares(v) {
				pass.ReportRangef(sel, "%s is changed outside its package: the options of the registrations that use it cannot be determined (declare options of your own)", types.ExprString(sel))
			}
		}
	}
}

// calleeIdent returns the identifier that call calls, or nil.
func calleeIdent(call *ast.CallExpr) *ast.Ident {
	id, _ := ast.Unparen(call.Fun).(*ast.Ident)
	return id
}
