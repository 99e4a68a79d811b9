package registration

import (
	"go/ast"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ast/inspector"

	"github.com/cloud-functions-dispatch/go/analyzers/internal/dispatchapi"
)

// isEntrypoint reports whether code that mentions obj is an entrypoint. It is one
// if obj is a function of dispatch/entrypoint/…, or a helper that leads to such a
// function. A type counts if one of its interfaceMethods leads there: sig is the
// signature of the function that mentions it, or nil. The runtime's own packages
// are never entrypoints.
func (m *model) isEntrypoint(obj types.Object, sig *types.Signature) bool {
	if dispatchapi.IsRuntime(m.pass.Pkg.Path()) {
		return false
	}
	switch obj := obj.(type) {
	case *types.Func:
		if obj.Pkg() == nil {
			return false
		}
		if dispatchapi.IsEntrypoint(obj.Pkg().Path()) {
			return obj.Signature().Recv() == nil
		}
		return m.leadsToEntrypoint(obj.Origin())
	case *types.TypeName:
		named, ok := types.Unalias(obj.Type()).(*types.Named)
		if !ok || types.IsInterface(named) || obj.Pkg() != m.pass.Pkg && (obj.Pkg() == nil || !m.helperPkgs[obj.Pkg().Path()]) {
			return false
		}
		return slices.ContainsFunc(interfaceMethods(named, sig), m.leadsToEntrypoint)
	}
	return false
}

// leadsToEntrypoint reports whether fn leads to a function of
// dispatch/entrypoint/….
func (m *model) leadsToEntrypoint(fn *types.Func) bool {
	if fn.Pkg() == m.pass.Pkg {
		return m.mayLeadToEntrypoint() && m.mentionsEntrypoint(fn, make(map[*types.Func]bool))
	}
	h := m.importedHelpers[fn.FullName()]
	return h != nil && h.Entrypoint
}

// mayLeadToEntrypoint reports whether an import offers an entrypoint. Most packages
// have no such import, and need no search.
func (m *model) mayLeadToEntrypoint() bool {
	for _, imp := range m.pass.Pkg.Imports() {
		if dispatchapi.IsEntrypoint(imp.Path()) {
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
// mentions an entrypoint, directly or through other functions of the package.
func (m *model) mentionsEntrypoint(fn *types.Func, seen map[*types.Func]bool) bool {
	decl := m.decls[fn]
	if decl == nil || seen[fn] {
		return false
	}
	seen[fn] = true
	for n := range ast.Preorder(decl.Body) {
		id, ok := n.(*ast.Ident)
		if !ok {
			continue
		}
		switch used := m.pass.TypesInfo.Uses[id].(type) {
		case *types.Func:
			if used.Pkg() == m.pass.Pkg && m.mentionsEntrypoint(used.Origin(), seen) || used.Pkg() != m.pass.Pkg && m.isEntrypoint(used, nil) {
				return true
			}
		case *types.TypeName:
			if used.Pkg() != m.pass.Pkg && m.isEntrypoint(used, fn.Signature()) {
				return true
			}
			named, ok := types.Unalias(used.Type()).(*types.Named)
			if ok && used.Pkg() == m.pass.Pkg && slices.ContainsFunc(interfaceMethods(named, fn.Signature()), func(method *types.Func) bool { return m.mentionsEntrypoint(method, seen) }) {
				return true
			}
		}
	}
	return false
}

// interfaceMethods returns the methods of a type that others may call through an
// interface: ServeHTTP, which net/http calls, and the methods of interfaces that
// a function with signature sig returns.
func interfaceMethods(named *types.Named, sig *types.Signature) []*types.Func {
	var out []*types.Func
	for i := range named.NumMethods() {
		if method := named.Method(i).Origin(); method.Name() == "ServeHTTP" || returnsInterfaceWith(sig, method.Name()) {
			out = append(out, method)
		}
	}
	return out
}

// returnsInterfaceWith reports whether a function with signature sig returns an
// interface that has the named method.
func returnsInterfaceWith(sig *types.Signature, method string) bool {
	if sig == nil {
		return false
	}
	for i := range sig.Results().Len() {
		t := sig.Results().At(i).Type()
		if !types.IsInterface(t) {
			continue
		}
		if obj, _, _ := types.LookupFieldOrMethod(t, false, nil, method); obj != nil {
			return true
		}
	}
	return false
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
	uses := m.usesOf(fn)
	if recv := fn.Signature().Recv(); recv != nil {
		if named, ok := types.Unalias(dispatchapi.Deref(recv.Type())).(*types.Named); ok && (fn.Name() == "ServeHTTP" || !named.Obj().Exported()) {
			for _, use := range m.usesOf(named.Obj()) {
				if declOf(use) != decl && m.runsByItself(use, seen) {
					return true // it may be called through an interface
				}
			}
		}
	}
	if len(uses) == 0 {
		return !fn.Exported()
	}
	for _, use := range uses {
		if _, called := callOf(use); !called || m.runsByItself(use, seen) {
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

// usesOf returns the uses of a function or type of the package outside tests.
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
