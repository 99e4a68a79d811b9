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

// optionVariable returns the value of v, a variable that holds options. It returns nil
// if v may have another value. Unlike a name, an exported option is trusted: a check
// reports other packages that set it.
func (m *model) optionVariable(v *types.Var) ast.Expr {
	if v.Pkg() != m.pass.Pkg || v.IsField() || !dispatchapi.IsOptions(v.Type()) || m.isChanged(v) {
		return nil
	}
	return m.initializers[v]
}

// optionValue is like optionVariable for the variable that e names.
func (m *model) optionValue(e ast.Expr) ast.Expr {
	id, ok := ast.Unparen(e).(*ast.Ident)
	if !ok {
		return nil
	}
	v, ok := m.pass.TypesInfo.Uses[id].(*types.Var)
	if !ok {
		return nil
	}
	return m.optionVariable(v)
}

// appendsTo returns the variable v that e names, local to the function of s, and the
// statements v = append(v, …) before e. It returns none if v changes in any other way.
func (m *model) appendsTo(s scope, e ast.Expr) (*types.Var, []*ast.AssignStmt) {
	id, ok := ast.Unparen(e).(*ast.Ident)
	if !ok || s.fn == nil {
		return nil, nil
	}
	v, ok := m.pass.TypesInfo.Uses[id].(*types.Var)
	if !ok || !m.isChanged(v) || !m.isDeclaredIn(s, v) {
		return nil, nil
	}
	var appends []*ast.AssignStmt
	for _, n := range m.changes[v] {
		a, ok := n.(*ast.AssignStmt)
		if !ok || len(a.Rhs) != 1 || a.Pos() > e.Pos() {
			return nil, nil
		}
		call, ok := a.Rhs[0].(*ast.CallExpr)
		if !ok || !m.isAppend(call) || !m.isUse(call.Args[0], v) {
			return nil, nil
		}
		appends = append(appends, a)
	}
	return v, appends
}

// isDeclaredIn reports whether v is a parameter of the function of s, or declared in
// its body by a statement that sets v to one value or to nil.
func (m *model) isDeclaredIn(s scope, v *types.Var) bool {
	if s.paramIndex(v) >= 0 {
		return true
	}
	for result := range s.fn.Signature().Results().Variables() {
		if result == v {
			return true // it is nil at first
		}
	}
	body := m.decls[s.fn].Body
	_, declared := m.initializers[v]
	return declared && body.Pos() <= v.Pos() && v.Pos() < body.End()
}

// isCopy reports whether call makes a new slice that has the elements of its arguments.
func (m *model) isCopy(call *ast.CallExpr) bool {
	fn, ok := dispatchapi.Callee(m.pass.TypesInfo, call).(*types.Func)
	if !ok {
		return false
	}
	switch fn.FullName() {
	case "slices.Clip", "slices.Clone", "slices.Concat":
		return true
	}
	return false
}

// isClipped reports whether e is x[:len(x):len(x)], which has the elements of x. An
// append to it leaves x alone.
func isClipped(e *ast.SliceExpr) bool {
	all := "len(" + types.ExprString(e.X) + ")"
	return e.Slice3 && e.Low == nil && types.ExprString(e.High) == all && types.ExprString(e.Max) == all
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
				for i, lhs := range n.Lhs {
					change(n, lhs)
					if id, ok := lhs.(*ast.Ident); ok && len(n.Lhs) == len(n.Rhs) && m.pass.TypesInfo.Defs[id] != nil {
						m.initializers[m.pass.TypesInfo.Defs[id]] = n.Rhs[i]
					}
				}
			case *ast.RangeStmt:
				change(n, n.Key)
				change(n, n.Value)
			case *ast.UnaryExpr:
				if n.Op == token.AND {
					change(n, n.X)
				}
			case *ast.SliceExpr:
				if !isClipped(n) {
					change(n, n.X)
				}
			case *ast.ValueSpec:
				for i, name := range n.Names {
					if len(n.Values) == 0 {
						m.initializers[m.pass.TypesInfo.Defs[name]] = nil // the zero value
					} else if len(n.Names) == len(n.Values) {
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
		return fn == nil || !dispatchapi.Is(fn, dispatchapi.Register) && !m.mayForward(fn) && !m.isCopy(n)
	case *ast.ReturnStmt, *ast.SliceExpr: // findChanges looks at the slice expression
		return !dispatchapi.IsOptions(v.Type())
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
