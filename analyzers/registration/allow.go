package registration

import (
	"cmp"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ast/inspector"

	"github.com/cloud-functions-dispatch/go/analyzers/internal/dispatchapi"
)

// An Allowed is a constant name that code passes to entrypoint.Allow.
type Allowed struct {
	Name string
	Pos  string // file:line, and the package

	// At is the expression of the name. It is nil in the facts of imports.
	At ast.Expr
}

// findAllowed adds the names that the package passes to entrypoint.Allow outside tests,
// as far as they are constants.
func (m *model) findAllowed() {
	r := m.result
	imported := r.Union.Allowed
	if slices.ContainsFunc(m.pass.Pkg.Imports(), func(p *types.Package) bool { return p.Path() == dispatchapi.Entrypoint }) && !dispatchapi.IsRuntime(m.pass.Pkg.Path()) {
		for cur := range m.root.Preorder((*ast.CallExpr)(nil)) {
			call := cur.Node().(*ast.CallExpr)
			if fn := dispatchapi.Callee(m.pass.TypesInfo, call); !m.isTest(call) && dispatchapi.IsAllow(fn) && !m.isLocalOption(cur) {
				a := &allowReader{model: m, seen: make(map[ast.Expr]bool)}
				a.readArgs(call, 0, true)
			}
		}
	}
	r.Allowed = slices.CompactFunc(slices.SortedFunc(slices.Values(append(r.Allowed, imported...)), func(a, b Allowed) int {
		return cmp.Or(cmp.Compare(a.Pos, b.Pos), cmp.Compare(a.Name, b.Name))
	}), func(a, b Allowed) bool { return a.Pos == b.Pos && a.Name == b.Name })
	r.Union.Allowed = nil
	for _, a := range r.Allowed {
		r.Union.Allowed = append(r.Union.Allowed, Allowed{Name: a.Name, Pos: a.Pos})
	}
}

// isLocalOption reports whether the call at cur is in an argument of dispatch.Local,
// which makes no entrypoint.
func (m *model) isLocalOption(cur inspector.Cursor) bool {
	for c := range cur.Enclosing((*ast.CallExpr)(nil)) {
		if dispatchapi.Is(dispatchapi.Callee(m.pass.TypesInfo, c.Node().(*ast.CallExpr)), dispatchapi.Local) {
			return true
		}
	}
	return false
}

// An allowReader reads the arguments of one call of entrypoint.Allow.
type allowReader struct {
	*model
	seen map[ast.Expr]bool
}

// readArgs reads the argument with index i and, if it is variadic, the ones behind it.
func (a *allowReader) readArgs(call *ast.CallExpr, i int, variadic bool) {
	if call.Ellipsis.IsValid() || !variadic {
		if i < len(call.Args) {
			a.read(call.Args[i])
		}
		return
	}
	for _, arg := range call.Args[min(i, len(call.Args)):] {
		a.read(arg)
	}
}

// read reads e, a name or a slice of names. It ignores other values.
func (a *allowReader) read(e ast.Expr) {
	e = ast.Unparen(e)
	if a.seen[e] {
		return
	}
	a.seen[e] = true
	if v := a.pass.TypesInfo.Types[e].Value; v != nil && v.Kind() == constant.String {
		a.result.Allowed = append(a.result.Allowed, Allowed{constant.StringVal(v), a.placeOf(e), e})
		return
	}
	switch e := e.(type) {
	case *ast.CompositeLit:
		for _, elt := range e.Elts {
			if kv, ok := elt.(*ast.KeyValueExpr); ok {
				elt = kv.Value
			}
			a.read(elt)
		}
	case *ast.CallExpr:
		if a.isAppend(e) {
			a.read(e.Args[0])
			a.readArgs(e, 1, true)
		}
	case *ast.Ident:
		if v, ok := a.pass.TypesInfo.Uses[e].(*types.Var); ok && v.Pkg() == a.pass.Pkg && !v.IsField() {
			a.readArguments(a.cursor(e), v)
			a.readAssigned(v)
		}
	}
}

// readArguments reads the arguments for v, if it is a parameter of the function around
// cur.
func (a *allowReader) readArguments(cur inspector.Cursor, v *types.Var) {
	decl := declOf(cur)
	if decl == nil {
		return
	}
	fn := a.pass.TypesInfo.Defs[decl.Name].(*types.Func)
	sig := fn.Signature()
	for i := range sig.Params().Len() {
		if sig.Params().At(i) != v {
			continue
		}
		for _, use := range a.usesOf(fn) {
			if call, ok := callOf(use); ok {
				a.readArgs(call.Node().(*ast.CallExpr), i, sig.Variadic() && i == sig.Params().Len()-1)
			}
		}
	}
}

// readAssigned reads the values that the package gives to v.
func (a *allowReader) readAssigned(v *types.Var) {
	for cur := range a.root.Preorder((*ast.AssignStmt)(nil), (*ast.ValueSpec)(nil)) {
		switch n := cur.Node().(type) {
		case *ast.AssignStmt:
			for i, lhs := range n.Lhs {
				if id, ok := lhs.(*ast.Ident); ok && len(n.Lhs) == len(n.Rhs) && n.Tok != token.ADD_ASSIGN && a.pass.TypesInfo.ObjectOf(id) == v && !a.isTest(id) {
					a.read(n.Rhs[i])
				}
			}
		case *ast.ValueSpec:
			for i, id := range n.Names {
				if len(n.Names) == len(n.Values) && a.pass.TypesInfo.Defs[id] == v {
					a.read(n.Values[i])
				}
			}
		}
	}
}
