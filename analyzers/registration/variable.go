package registration

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ast/inspector"

	"github.com/cloud-functions-dispatch/go/analyzers/internal/dispatchapi"
)

// variableValue returns what initializes the package variable that e is, if it
// never has another value; nil otherwise.
func (m *model) variableValue(e ast.Expr) ast.Expr {
	id, ok := ast.Unparen(e).(*ast.Ident)
	if !ok {
		return nil
	}
	v, ok := m.pass.TypesInfo.Uses[id].(*types.Var)
	if !ok || v.Parent() != m.pass.Pkg.Scope() || v.Exported() || m.isChanged(v) {
		return nil // others may set an exported one
	}
	return m.values[v]
}

// isChanged reports whether v is assigned to, or may be through its address or
// an element of it.
func (m *model) isChanged(v *types.Var) bool {
	if m.changed == nil {
		m.findChanges()
	}
	return len(m.changed[v]) > 0
}

// appended returns the index of the parameter that e is, and the calls of append
// whose results are all that it is set to, each unconditionally: p = append(p, …).
// It reports false if there are none, or the parameter changes otherwise.
func (m *model) appended(s scope, e ast.Expr) (int, []*ast.CallExpr, bool) {
	id, ok := ast.Unparen(e).(*ast.Ident)
	if !ok || s.fn == nil {
		return 0, nil, false
	}
	v, ok := m.pass.TypesInfo.Uses[id].(*types.Var)
	if !ok || !m.isChanged(v) || s.index(v) < 0 {
		return 0, nil, false
	}
	var calls []*ast.CallExpr
	for _, n := range m.changed[v] {
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
	return s.index(v), calls, true
}

func (m *model) isAppend(call *ast.CallExpr) bool {
	id, ok := ast.Unparen(call.Fun).(*ast.Ident)
	return ok && m.pass.TypesInfo.Uses[id] == types.Universe.Lookup("append")
}

func (m *model) isUse(e ast.Expr, v *types.Var) bool {
	id, ok := ast.Unparen(e).(*ast.Ident)
	return ok && m.pass.TypesInfo.Uses[id] == v
}

func (m *model) findChanges() {
	m.changed = make(map[types.Object][]ast.Node)
	m.values = make(map[types.Object]ast.Expr)
	change := func(by ast.Node, e ast.Expr) {
		if index, ok := ast.Unparen(e).(*ast.IndexExpr); ok {
			e = index.X
		}
		if id, ok := ast.Unparen(e).(*ast.Ident); ok {
			v := m.pass.TypesInfo.Uses[id]
			m.changed[v] = append(m.changed[v], by)
		}
	}
	for cur := range m.root.Preorder((*ast.Ident)(nil)) {
		id := cur.Node().(*ast.Ident)
		if v, ok := m.pass.TypesInfo.Uses[id].(*types.Var); ok && !v.IsField() && !m.isTest(id) && m.escapes(cur, v) {
			m.changed[v] = append(m.changed[v], id)
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
						m.values[m.pass.TypesInfo.Defs[name]] = n.Values[i]
					}
				}
			}
		}
	}
}

// escapes reports whether the variable v may change by its use at cur, which is
// no assignment: a slice by who else has it, anything by a method that has its
// address.
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

// mayForward reports whether fn may be a helper: one of the package, or known of
// an import.
func (m *model) mayForward(fn *types.Func) bool {
	return m.decls[fn.Origin()] != nil && fn.Signature().Variadic() || m.helpers[fn.FullName()] != nil
}

func calleeIdent(call *ast.CallExpr) *ast.Ident {
	id, _ := ast.Unparen(call.Fun).(*ast.Ident)
	return id
}

func contains(exprs []ast.Expr, n ast.Node) bool {
	return slices.ContainsFunc(exprs, func(e ast.Expr) bool { return e == n })
}
