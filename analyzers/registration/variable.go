package registration

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ast/inspector"

	"github.com/cloud-functions-dispatch/go/analyzers/internal/dispatchapi"
)

// variableValue returns the initializer of the package variable that e names. It
// returns nil if the variable may have another value.
func (m *model) variableValue(e ast.Expr) ast.Expr {
	id, ok := ast.Unparen(e).(*ast.Ident)
	if !ok {
		return nil
	}
	v, ok := m.pass.TypesInfo.Uses[id].(*types.Var)
	if !ok || v.Parent() != m.pass.Pkg.Scope() || v.Exported() || m.isChanged(v) {
		return nil // other packages may set an exported variable
	}
	return m.initializers[v]
}

// isChanged reports whether v is assigned to, or may change through its address or
// an element.
func (m *model) isChanged(v *types.Var) bool {
	if m.changes == nil {
		m.findChanges()
	}
	return len(m.changes[v]) > 0
}

// appendCalls returns the index of the parameter p that e names and the calls of
// append in p = append(p, …), each an unconditional statement before e. It reports
// false if there are none, or if p changes in any other way.
func (m *model) appendCalls(s scope, e ast.Expr) (int, []*ast.CallExpr, bool) {
	id, ok := ast.Unparen(e).(*ast.Ident)
	if !ok || s.fn == nil {
		return 0, nil, false
	}
	v, ok := m.pass.TypesInfo.Uses[id].(*types.Var)
	if !ok || !m.isChanged(v) || s.paramIndex(v) < 0 {
		return 0, nil, false
	}
	var calls []*ast.CallExpr
	for _, n := range m.changes[v] {
		a, ok := n.(*ast.AssignStmt)
		if !ok || len(a.Rhs) != 1 || a.Pos() > e.Pos() || !slices.Contains(m.decls[s.fn].Body.List, ast.Stmt(a)) {
			return 0, nil, false
		}
		call, ok := a.Rhs[0].(*ast.CallExpr)
		if !ok || !m.isAppend(call) || !m.isUse(call.Args[0], v) {
			return 0, nil, false
		}
		calls = append(calls, call)
	}
	return s.paramIndex(v), calls, true
}

// isAppend reports whether call calls the built-in append.
func (m *model) isAppend(call *ast.CallExpr) bool {
	id, ok := ast.Unparen(call.Fun).(*ast.Ident)
	return ok && m.pass.TypesInfo.Uses[id] == types.Universe.Lookup("append")
}

// isUse reports whether e names v.
func (m *model) isUse(e ast.Expr, v *types.Var) bool {
	id, ok := ast.Unparen(e).(*ast.Ident)
	return ok && m.pass.TypesInfo.Uses[id] == v
}

// findChanges records the nodes that may change each variable in m.changes, and the
// initializers of variables in m.initializers. It skips tests, which are not part
// of the program.
func (m *model) findChanges() {
	m.changes = make(map[types.Object][]ast.Node)
	m.initializers = make(map[types.Object]ast.Expr)
	change := func(n ast.Node, e ast.Expr) {
		if index, ok := ast.Unparen(e).(*ast.IndexExpr); ok {
			e = index.X
		}
		if id, ok := ast.Unparen(e).(*ast.Ident); ok {
			v := m.pass.TypesInfo.Uses[id]
			m.changes[v] = append(m.changes[v], n)
		}
	}
	for cur := range m.root.Preorder((*ast.Ident)(nil)) {
		id := cur.Node().(*ast.Ident)
		if v, ok := m.pass.TypesInfo.Uses[id].(*types.Var); ok && !v.IsField() && !m.isTest(id) && m.escapes(cur, v) {
			m.changes[v] = append(m.changes[v], id)
		}
	}
	for _, f := range m.pass.Files {
		if m.isTest(f) {
			continue
		}
		for n := range ast.Preorder(f) {
			switch n := n.(type) {
			case *ast.AssignStmt:
				for _, lhs := range n.Lhs {
					change(n, lhs)
				}
			case *ast.RangeStmt:
				change(n, n.Key)
				change(n, n.Value)
			case *ast.UnaryExpr:
				if n.Op == token.AND {
					change(n, n.X)
				}
			case *ast.SliceExpr:
				change(n, n.X)
			case *ast.ValueSpec:
				if len(n.Names) == len(n.Values) {
					for i, name := range n.Names {
						m.initializers[m.pass.TypesInfo.Defs[name]] = n.Values[i]
					}
				}
			}
		}
	}
}

// escapes reports whether the use of v at cur, which is not an assignment, may lead
// to a change of v. A slice may be changed by other code that gets it, any variable
// by a method with a pointer receiver.
func (m *model) escapes(cur inspector.Cursor, v *types.Var) bool {
	parent := cur.Parent()
	for {
		if _, ok := parent.Node().(*ast.ParenExpr); !ok {
			break
		}
		cur, parent = parent, parent.Parent()
	}
	if sel, ok := parent.Node().(*ast.SelectorExpr); ok && sel.X == cur.Node() {
		s := m.pass.TypesInfo.Selections[sel]
		if s == nil || s.Kind() != types.MethodVal {
			return false
		}
		_, pointer := types.Unalias(s.Obj().(*types.Func).Signature().Recv().Type()).(*types.Pointer)
		return pointer
	}
	if _, ok := v.Type().Underlying().(*types.Slice); !ok {
		return false
	}
	switch n := parent.Node().(type) {
	case *ast.CallExpr:
		if m.isAppend(n) {
			return n.Args[0] != cur.Node() && n.Ellipsis == token.NoPos
		}
		fn, _ := dispatchapi.Callee(m.pass.TypesInfo, n).(*types.Func)
		if b, ok := m.pass.TypesInfo.Uses[calleeIdent(n)].(*types.Builtin); ok {
			return b.Name() == "copy" || b.Name() == "clear"
		}
		return fn == nil || !dispatchapi.Is(fn, dispatchapi.Register) && !m.mayForward(fn)
	case *ast.RangeStmt, *ast.BinaryExpr, *ast.IndexExpr, *ast.AssignStmt:
		a, ok := n.(*ast.AssignStmt)
		return ok && !contains(a.Lhs, cur.Node())
	}
	return true
}

// mayForward reports whether fn may be a helper: a variadic function of the package,
// or a known helper of an import.
func (m *model) mayForward(fn *types.Func) bool {
	return m.decls[fn.Origin()] != nil && fn.Signature().Variadic() || m.importedHelpers[fn.FullName()] != nil
}

// calleeIdent returns the unqualified identifier that call calls, or nil.
func calleeIdent(call *ast.CallExpr) *ast.Ident {
	id, _ := ast.Unparen(call.Fun).(*ast.Ident)
	return id
}

// contains reports whether n is one of the expressions.
func contains(exprs []ast.Expr, n ast.Node) bool {
	return slices.ContainsFunc(exprs, func(e ast.Expr) bool { return e == n })
}
