package registration

import (
	"go/ast"
	"go/types"

	"golang.org/x/tools/go/ast/inspector"

	"github.com/cloud-functions-dispatch/go/analyzers/internal/dispatchapi"
)

// isEntrypoint reports whether call makes what it is in an entrypoint: it calls
// something of dispatch/entrypoint/…, or a helper that does. The runtime's own
// packages are none.
func (m *model) isEntrypoint(call *ast.CallExpr) bool {
	if dispatchapi.IsRuntime(m.pass.Pkg.Path()) {
		return false
	}
	fn, ok := dispatchapi.Callee(m.pass.TypesInfo, call).(*types.Func)
	if !ok || fn.Pkg() == nil {
		return false
	}
	if dispatchapi.IsEntrypoint(fn.Pkg().Path()) {
		return true
	}
	h := m.helper(fn)
	return h != nil && h.Entrypoint
}

// callsOwn reports whether call is of a function of the package, whose body is
// looked at itself.
func (m *model) callsOwn(call *ast.CallExpr) bool {
	return dispatchapi.Callee(m.pass.TypesInfo, call).Pkg() == m.pass.Pkg
}

// isOwn reports whether what stands at cur runs in the package of its own
// accord, not only when another package calls the function that it is in.
func (m *model) isOwn(cur inspector.Cursor, seen map[*ast.FuncDecl]bool) bool {
	decl := declOf(cur)
	if decl == nil {
		return true // it initializes a variable
	}
	if seen[decl] {
		return false
	}
	seen[decl] = true
	fn := m.pass.TypesInfo.Defs[decl.Name].(*types.Func)
	if m.pass.Pkg.Name() == "main" || isInit(decl) || isHandler(fn.Signature()) {
		return true
	}
	uses := m.usesOf(fn)
	if len(uses) == 0 {
		return !fn.Exported()
	}
	for _, use := range uses {
		if _, called := callOf(use); !called || m.isOwn(use, seen) {
			return true
		}
	}
	return false
}

// declOf returns the function declaration around cur, or nil.
func declOf(cur inspector.Cursor) *ast.FuncDecl {
	for c := range cur.Enclosing((*ast.FuncDecl)(nil)) {
		return c.Node().(*ast.FuncDecl)
	}
	return nil
}

// isHandler reports whether the platform calls functions of this form, which
// no code calls: func(http.ResponseWriter, *http.Request), as Cloud Functions
// takes them.
func isHandler(sig *types.Signature) bool {
	return sig.Recv() == nil && sig.Params().Len() == 2 && sig.Results().Len() == 0 &&
		types.TypeString(sig.Params().At(0).Type(), nil) == "net/http.ResponseWriter" &&
		types.TypeString(sig.Params().At(1).Type(), nil) == "*net/http.Request"
}

// usesOf returns where a function of the package is used, outside of tests.
func (m *model) usesOf(fn *types.Func) []inspector.Cursor {
	if m.uses == nil {
		m.uses = make(map[*types.Func][]inspector.Cursor)
		for cur := range m.root.Preorder((*ast.Ident)(nil)) {
			id := cur.Node().(*ast.Ident)
			if used, ok := m.pass.TypesInfo.Uses[id].(*types.Func); ok && used.Pkg() == m.pass.Pkg && !m.isTest(id) {
				m.uses[used.Origin()] = append(m.uses[used.Origin()], cur)
			}
		}
	}
	return m.uses[fn]
}

// callOf returns the call of what the identifier at cur names, if it is called:
// it may be qualified, in parentheses, and instantiated. Otherwise it returns
// the whole of the name.
func callOf(cur inspector.Cursor) (inspector.Cursor, bool) {
	for {
		parent := cur.Parent()
		switch p := parent.Node().(type) {
		case *ast.SelectorExpr, *ast.ParenExpr, *ast.IndexExpr, *ast.IndexListExpr:
			cur = parent
			continue
		case *ast.CallExpr:
			if p.Fun == cur.Node() {
				return parent, true
			}
		}
		return cur, false
	}
}
