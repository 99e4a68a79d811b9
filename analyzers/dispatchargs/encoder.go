package dispatchargs

import (
	"go/ast"
	"slices"
)

// onlyHands reports whether an encoder does nothing else with its receiver, or a copy of
// it, than to hand it to json and return the result.
func (m *method) onlyHands(body *ast.BlockStmt) bool {
	results := make(map[string]bool) // variables with the result of json
	only := true
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			only = only && m.assignsOnly(n, results)
		case *ast.ReturnStmt:
			only = only && len(n.Results) > 0 && (m.hands(n.Results[0]) || isOneOf(n.Results[0], results))
		case *ast.CallExpr:
			if m.hands(n) || m.isValue(n) {
				return false
			}
			only = only && !m.uses(n) && !passes(n, results)
		}
		return only
	})
	return only
}

// assignsOnly reports whether n assigns to variables only, and not again to one with the
// result of json. It adds such variables to results.
func (m *method) assignsOnly(n *ast.AssignStmt, results map[string]bool) bool {
	for i, left := range n.Lhs {
		id, ok := left.(*ast.Ident)
		if !ok || results[id.Name] {
			return false
		}
		if i == 0 && len(n.Rhs) == 1 && m.hands(n.Rhs[0]) {
			results[id.Name] = true
		}
	}
	return true
}

// hands reports whether e hands a plain value to json.
func (m *method) hands(e ast.Expr) bool {
	call, ok := ast.Unparen(e).(*ast.CallExpr)
	return ok && coder.MatchString(calleeName(call)) && slices.ContainsFunc(call.Args, m.isValue)
}

// uses reports whether call is a method of the receiver or of a plain value, or has one of
// these as an argument.
func (m *method) uses(call *ast.CallExpr) bool {
	exprs := call.Args
	if sel, ok := call.Fun.(*ast.SelectorExpr); ok {
		exprs = append(slices.Clone(exprs), sel.X)
	}
	for _, e := range exprs {
		for n := range ast.Preorder(e) {
			if id, ok := n.(*ast.Ident); ok && (id.Name == m.receiver || m.values[id.Name]) {
				return true
			}
		}
	}
	return false
}

// isOneOf reports whether e is nil or one of the variables.
func isOneOf(e ast.Expr, names map[string]bool) bool {
	id, ok := ast.Unparen(e).(*ast.Ident)
	return ok && (id.Name == "nil" || names[id.Name])
}

// passes reports whether call has one of the variables as an argument.
func passes(call *ast.CallExpr, names map[string]bool) bool {
	for _, arg := range call.Args {
		if id, ok := ast.Unparen(arg).(*ast.Ident); ok && names[id.Name] {
			return true
		}
	}
	return false
}
