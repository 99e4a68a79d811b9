package registration

import (
	"go/ast"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ast/inspector"

	"github.com/cloud-functions-dispatch/go/analyzers/internal/dispatchapi"
)

// isEntrypoint reports whether obj makes what mentions it an entrypoint: it is a
// function of dispatch/entrypoint/…, or a helper that comes to one. The runtime's
// own packages are none. A type is like its method ServeHTTP, which net/http
// calls, and like those by which a function with the signature in, which returns
// an interface, offers it.
func (m *model) isEntrypoint(obj types.Object, in *types.Signature) bool {
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
		return m.isServing(obj.Origin())
	case *types.TypeName:
		named, ok := types.Unalias(obj.Type()).(*types.Named)
		if !ok || types.IsInterface(named) || obj.Pkg() != m.pass.Pkg && (obj.Pkg() == nil || !m.helpful[obj.Pkg().Path()]) {
			return false
		}
		return slices.ContainsFunc(offered(named, in), m.isServing)
	}
	return false
}

// isServing reports whether fn comes to an entrypoint.
func (m *model) isServing(fn *types.Func) bool {
	if fn.Pkg() == m.pass.Pkg {
		return m.mayServe() && m.serves(fn, make(map[*types.Func]bool))
	}
	h := m.helpers[fn.FullName()]
	return h != nil && h.Entrypoint
}

// mayServe reports whether an import makes entrypoints of those who mention it.
func (m *model) mayServe() bool {
	for _, imp := range m.pass.Pkg.Imports() {
		if dispatchapi.IsEntrypoint(imp.Path()) {
			return true
		}
	}
	for _, h := range m.helpers {
		if h.Entrypoint {
			return true
		}
	}
	return false
}

// serves reports whether a function of the package mentions what makes it an
// entrypoint, itself or through others.
func (m *model) serves(fn *types.Func, seen map[*types.Func]bool) bool {
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
			if used.Pkg() == m.pass.Pkg && m.serves(used.Origin(), seen) || used.Pkg() != m.pass.Pkg && m.isEntrypoint(used, nil) {
				return true
			}
		case *types.TypeName:
			if used.Pkg() != m.pass.Pkg && m.isEntrypoint(used, fn.Signature()) {
				return true
			}
			named, ok := types.Unalias(used.Type()).(*types.Named)
			if ok && used.Pkg() == m.pass.Pkg && slices.ContainsFunc(offered(named, fn.Signature()), func(method *types.Func) bool { return m.serves(method, seen) }) {
				return true
			}
		}
	}
	return false
}

// offered returns the methods of a type that others call by an interface: those
// that the results of a function with the signature in have, and ServeHTTP.
func offered(named *types.Named, in *types.Signature) []*types.Func {
	var out []*types.Func
	for i := range named.NumMethods() {
		if method := named.Method(i).Origin(); method.Name() == "ServeHTTP" || offers(in, method.Name()) {
			out = append(out, method)
		}
	}
	return out
}

// offers reports whether a function returns an interface with a method of that
// name.
func offers(sig *types.Signature, method string) bool {
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
	if recv := fn.Signature().Recv(); recv != nil {
		if named, ok := types.Unalias(dispatchapi.Deref(recv.Type())).(*types.Named); ok && (fn.Name() == "ServeHTTP" || !named.Obj().Exported()) {
			for _, use := range m.usesOf(named.Obj()) {
				if declOf(use) != decl && m.isOwn(use, seen) {
					return true // an interface may have it
				}
			}
		}
	}
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

// usesOf returns where a function or a type of the package is used, outside of
// tests.
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
