package registration

import (
	"cmp"
	"go/ast"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ast/inspector"

	"github.com/cloud-functions-dispatch/go/analyzers/internal/dispatchapi"
)

// addEntrypoints adds to the result the expressions that make the package an
// entrypoint, by position. They use a function of dispatch/entrypoint/…, or a helper of
// another package that leads to one; or they convert a value with such a method to an
// interface, through which other code may run it.
func (m *model) addEntrypoints() {
	if !m.mayLeadToEntrypoint() || dispatchapi.IsRuntime(m.pass.Pkg.Path()) {
		return
	}
	var found []inspector.Cursor
	for cur := range m.root.Preorder((*ast.Ident)(nil)) {
		id := cur.Node().(*ast.Ident)
		if fn, ok := m.pass.TypesInfo.Uses[id].(*types.Func); ok && fn.Pkg() != m.pass.Pkg && !m.isTest(id) && m.leadsToEntrypoint(fn.Origin()) {
			found = append(found, cur)
		}
	}
	for _, c := range m.conversions() {
		if slices.ContainsFunc(c.methods, func(fn *types.Func) bool { return fn.Pkg() != m.pass.Pkg && m.leadsToEntrypoint(fn) }) {
			found = append(found, c.cur)
		}
	}
	slices.SortStableFunc(found, func(a, b inspector.Cursor) int { return cmp.Compare(a.Node().Pos(), b.Node().Pos()) })
	byMain := m.pass.Pkg.Name() != "main"
	for _, cur := range found {
		if !m.runsByItself(cur, make(map[*ast.FuncDecl]bool)) {
			continue
		}
		at, called := callOf(cur)
		if decl := declOf(cur); called && decl != nil && isInit(decl) {
			byMain = false // otherwise init may keep a value that main runs
		}
		m.result.Entrypoints = append(m.result.Entrypoints, at.Node().(ast.Expr))
	}
	m.result.ByMain = byMain && len(m.result.Entrypoints) > 0
}

// leadsToEntrypoint reports whether fn is a function that serves, or leads to one.
func (m *model) leadsToEntrypoint(fn *types.Func) bool {
	if fn.Pkg() == m.pass.Pkg {
		return m.mayLeadToEntrypoint() && m.mentionsEntrypoint(fn, make(map[*types.Func]bool))
	}
	if dispatchapi.Serves(fn) {
		return true
	}
	h := m.importedHelpers[fn.FullName()]
	return h != nil && h.Entrypoint
}

// mayLeadToEntrypoint reports whether an import offers an entrypoint. Most packages
// have no such import, and need no search.
func (m *model) mayLeadToEntrypoint() bool {
	for _, imp := range m.pass.Pkg.Imports() {
		if dispatchapi.IsEntrypoint(imp.Path()) || imp.Path() == dispatchapi.Entrypoint {
			return true
		}
	}
	for _, h := range m.importedHelpers {
		if h.Entrypoint {
			return true
		}
	}
	return false
}

// mentionsEntrypoint reports whether the body of fn, a function of the package,
// leads to an entrypoint: it mentions a function that does, or converts a value with
// such a method to an interface.
func (m *model) mentionsEntrypoint(fn *types.Func, seen map[*types.Func]bool) bool {
	decl := m.decls[fn]
	if decl == nil || seen[fn] || dispatchapi.IsRuntime(m.pass.Pkg.Path()) {
		return false
	}
	seen[fn] = true
	leads := func(used *types.Func) bool {
		if used.Pkg() == m.pass.Pkg {
			return m.mentionsEntrypoint(used, seen)
		}
		return m.leadsToEntrypoint(used)
	}
	for n := range ast.Preorder(decl.Body) {
		if id, ok := n.(*ast.Ident); ok {
			if used, ok := m.pass.TypesInfo.Uses[id].(*types.Func); ok && leads(used.Origin()) {
				return true
			}
		}
	}
	return slices.ContainsFunc(m.conversions(), func(c converted) bool {
		return declOf(c.cur) == decl && slices.ContainsFunc(c.methods, leads)
	})
}

// runsByItself reports whether the code at cur may run without another package
// calling the function around it.
func (m *model) runsByItself(cur inspector.Cursor, seen map[*ast.FuncDecl]bool) bool {
	decl := declOf(cur)
	if decl == nil {
		return true // in the initializer of a variable
	}
	if seen[decl] {
		return false
	}
	seen[decl] = true
	fn := m.pass.TypesInfo.Defs[decl.Name].(*types.Func)
	if m.pass.Pkg.Name() == "main" || isInit(decl) || isHandler(fn.Signature()) {
		return true
	}
	converted := false
	for _, c := range m.conversions() {
		if slices.Contains(c.methods, fn) {
			if converted = true; m.runsByItself(c.cur, seen) {
				return true
			}
		}
	}
	uses := m.usesOf(fn)
	if len(uses) == 0 {
		return !fn.Exported() && !converted
	}
	for _, use := range uses {
		if m.runsByItself(use, seen) {
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

// isHandler reports whether sig is func(http.ResponseWriter, *http.Request). Cloud
// Functions calls such a function although no code does.
func isHandler(sig *types.Signature) bool {
	return sig.Recv() == nil && sig.Params().Len() == 2 && sig.Results().Len() == 0 &&
		types.TypeString(sig.Params().At(0).Type(), nil) == "net/http.ResponseWriter" &&
		types.TypeString(sig.Params().At(1).Type(), nil) == "*net/http.Request"
}

// usesOf returns the uses of a function of the package outside tests.
func (m *model) usesOf(obj types.Object) []inspector.Cursor {
	if m.uses == nil {
		m.uses = make(map[types.Object][]inspector.Cursor)
		for cur := range m.root.Preorder((*ast.Ident)(nil)) {
			id := cur.Node().(*ast.Ident)
			used := m.pass.TypesInfo.Uses[id]
			if fn, ok := used.(*types.Func); ok {
				used = fn.Origin()
			}
			if used != nil && used.Pkg() == m.pass.Pkg && !m.isTest(id) {
				m.uses[used] = append(m.uses[used], cur)
			}
		}
	}
	return m.uses[obj]
}

// callOf returns the call of the function that the identifier at cur names. The
// name may be qualified, in parentheses or instantiated. If it is not called,
// callOf returns the whole name and false.
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
