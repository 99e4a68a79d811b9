package dispatchargs

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// A store is an assignment to a variable or to a part of it.
type store struct {
	slot  types.Type
	value ast.Expr // nil for a deletion
	at    ast.Node
	whole bool   // to the variable itself
	key   string // of the part, if it is a part of the variable itself
	text  string // the part
}

// assignments adds the stores of n to v.
func (tr *tracer) assignments(stores []store, v *types.Var, n *ast.AssignStmt) []store {
	if len(n.Lhs) != len(n.Rhs) {
		return stores
	}
	for i, left := range n.Lhs {
		left, value := ast.Unparen(left), n.Rhs[i]
		if tr.root(left) != v || !tr.sent(left) {
			continue
		}
		_, whole := left.(*ast.Ident)
		slot := tr.info.TypeOf(left)
		if tr.appends(value) {
			call := ast.Unparen(value).(*ast.CallExpr)
			for _, arg := range call.Args[1:] {
				if call.Ellipsis.IsValid() {
					stores = append(stores, store{slot: slot, value: arg, at: n})
				} else {
					stores = append(stores, store{slot: elemOf(slot, 0), value: arg, at: n})
				}
			}
			if tr.root(call.Args[0]) != v {
				stores = append(stores, store{slot: slot, value: call.Args[0], at: n, whole: whole})
			}
			continue
		}
		stores = append(stores, store{slot, value, n, whole, partKey(left), types.ExprString(left)})
	}
	return stores
}

// partKey returns the field, key or index that e selects, or "".
func partKey(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.SelectorExpr:
		return e.Sel.Name
	case *ast.IndexExpr:
		return types.ExprString(e.Index)
	}
	return ""
}

// before reports whether the statement at may run before the call: it stands before it, or
// in a loop around both, and is not deferred or in a goroutine.
func (tr *tracer) before(at ast.Node) bool {
	call := tr.call.Node()
	earlier := at.Pos() < call.Pos()
	for cur := range tr.call.Enclosing((*ast.ForStmt)(nil), (*ast.RangeStmt)(nil)) {
		loop := cur.Node()
		earlier = earlier || loop.Pos() <= at.Pos() && at.End() <= loop.End()
	}
	for n := range ast.Preorder(enclosing(tr.call)) {
		switch n.(type) {
		case *ast.DeferStmt, *ast.GoStmt:
			inside := n.Pos() <= at.Pos() && at.End() <= n.End()
			if inside && (call.Pos() < n.Pos() || call.End() > n.End()) {
				return false
			}
		}
	}
	return earlier
}

// replaced reports whether a later store or deletion before the call may replace the part
// of s that has the flaw f.
func (tr *tracer) replaced(s store, f flaw, all []store) bool {
	for _, o := range all {
		if o.at.Pos() <= s.at.Pos() || o.at.Pos() > tr.call.Node().Pos() {
			continue
		}
		rest, around := strings.CutPrefix(s.text, o.text)
		around = around && o.text != "" && (rest == "" || rest[0] == '.' || rest[0] == '[')
		element := o.key != "" && o.key == f.key && (s.whole || o.value == nil)
		if around || element {
			return true
		}
	}
	return false
}

// overwritten reports whether another store to the whole variable lies between s and the
// call, in a block around the call.
func (tr *tracer) overwritten(s store, all []store) bool {
	call := tr.call.Node()
	for _, o := range all {
		if !o.whole || o.at.Pos() <= s.at.Pos() || o.at.Pos() > call.Pos() {
			continue
		}
		for cur := range tr.call.Enclosing((*ast.BlockStmt)(nil), (*ast.CaseClause)(nil), (*ast.CommClause)(nil)) {
			for child := range cur.Children() {
				if child.Node() == o.at {
					return true
				}
			}
		}
	}
	return false
}

// reaches reports whether the call may run after the statement at: no block around it,
// without the call, ends in a jump.
func (tr *tracer) reaches(at ast.Node, body *ast.BlockStmt) bool {
	call := tr.call.Node()
	for n := range ast.Preorder(body) {
		var list []ast.Stmt
		switch n := n.(type) {
		case *ast.BlockStmt:
			list = n.List
		case *ast.CaseClause:
			list = n.Body
		case *ast.CommClause:
			list = n.Body
		}
		around := len(list) > 0 && n.Pos() <= at.Pos() && at.End() <= n.End()
		if around && (call.Pos() < n.Pos() || call.End() > n.End()) && jumps(list[len(list)-1]) {
			return false
		}
	}
	return true
}

// jumps reports whether s leaves the block that it ends.
func jumps(s ast.Stmt) bool {
	switch s := s.(type) {
	case *ast.ReturnStmt, *ast.BranchStmt:
		return true
	case *ast.ExprStmt:
		call, ok := s.X.(*ast.CallExpr)
		return ok && types.ExprString(call.Fun) == "panic"
	}
	return false
}

// root returns the local variable of which e is a part, or nil.
func (tr *tracer) root(e ast.Expr) *types.Var {
	for {
		switch x := ast.Unparen(e).(type) {
		case *ast.SelectorExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.Ident:
			v, _ := tr.info.ObjectOf(x).(*types.Var)
			return v
		default:
			return nil
		}
	}
}

// sent reports whether e, a variable or a part of one, is sent with the variable.
func (tr *tracer) sent(e ast.Expr) bool {
	switch x := ast.Unparen(e).(type) {
	case *ast.SelectorExpr:
		s, ok := structOf(tr.info.TypeOf(x.X))
		return !ok || fieldOf(s, x.Sel) != nil && tr.sent(x.X)
	case *ast.IndexExpr:
		return tr.sent(x.X)
	}
	return true
}

// assigns reports whether one of the expressions is v.
func (tr *tracer) assigns(v *types.Var, exprs []ast.Expr) bool {
	for _, e := range exprs {
		if id, ok := e.(*ast.Ident); ok && tr.info.ObjectOf(id) == v {
			return true
		}
	}
	return false
}

// takesAddress reports whether call has the address of v as an argument.
func (tr *tracer) takesAddress(v *types.Var, call *ast.CallExpr) bool {
	for _, arg := range call.Args {
		if u, ok := ast.Unparen(arg).(*ast.UnaryExpr); ok && u.Op == token.AND && tr.root(u.X) == v {
			return true
		}
	}
	return false
}

// isDecoder reports whether call decodes JSON, which fills interfaces with plain values.
func isDecoder(info *types.Info, call *ast.CallExpr) bool {
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok {
		return false
	}
	fn, ok := info.Uses[sel.Sel].(*types.Func)
	if !ok || fn.Pkg() == nil || fn.Name() != "Unmarshal" && fn.Name() != "Decode" {
		return false
	}
	switch fn.Pkg().Path() {
	case "encoding/json", "encoding/json/v2", "github.com/go-json-experiment/json":
		return true
	}
	return false
}
