package registration

import (
	"go/ast"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ast/inspector"

	"github.com/cloud-functions-dispatch/go/analyzers/internal/dispatchapi"
)

// methods returns the methods that code may run through the interface. If the
// interface has no methods, they are the methods Run of the type and of its fields:
// frameworks for commands find them by reflection.
func (c conversion) methods() []*types.Func {
	iface := c.to.Underlying().(*types.Interface)
	if iface.NumMethods() == 0 {
		return runMethods(c.from, make(map[types.Type]bool))
	}
	var out []*types.Func
	for method := range iface.Methods() {
		if fn := methodOf(c.from, method.Pkg(), method.Name()); fn != nil {
			out = append(out, fn)
		}
	}
	return out
}

// methodOf returns the method that a value of type t runs under the name, or nil. A
// method of an embedded interface is nil: it runs a value that was converted before.
func methodOf(t types.Type, pkg *types.Package, name string) *types.Func {
	obj, _, _ := types.LookupFieldOrMethod(t, true, pkg, name)
	fn, ok := obj.(*types.Func)
	if !ok || types.IsInterface(fn.Signature().Recv().Type()) {
		return nil
	}
	return fn.Origin()
}

// runMethods returns the methods Run of t and of its fields or, if t is a function, of
// its results.
func runMethods(t types.Type, seen map[types.Type]bool) []*types.Func {
	t = dispatchapi.Deref(t)
	if seen[t] {
		return nil
	}
	seen[t] = true
	var out []*types.Func
	if fn := methodOf(t, nil, "Run"); fn != nil {
		out = append(out, fn)
	}
	switch t := t.Underlying().(type) {
	case *types.Struct:
		for field := range t.Fields() {
			out = append(out, runMethods(field.Type(), seen)...)
		}
	case *types.Signature: // a constructor, for a framework that calls it
		for result := range t.Results().Variables() {
			out = append(out, runMethods(result.Type(), seen)...)
		}
	}
	return out
}

// A converted value is one with methods that code may run through an interface.
type converted struct {
	cur     inspector.Cursor // of the value, or of the name of a generic object
	methods []*types.Func
}

// conversions returns the converted values of the package outside tests, by position.
// They are found once.
func (m *model) conversions() []converted {
	if m.converted != nil {
		return m.converted
	}
	m.converted = []converted{}
	kinds := []ast.Node{(*ast.CallExpr)(nil), (*ast.CompositeLit)(nil), (*ast.AssignStmt)(nil), (*ast.ValueSpec)(nil), (*ast.ReturnStmt)(nil), (*ast.RangeStmt)(nil), (*ast.SendStmt)(nil), (*ast.IndexExpr)(nil), (*ast.Ident)(nil)}
	for cur := range m.root.Preorder(kinds...) {
		if m.isTest(cur.Node()) {
			continue
		}
		for conv := range conversionsIn(m.pass.TypesInfo, cur) {
			methods := slices.Concat(conv.methods(), m.assertedMethods(conv.from))
			if at, ok := cur.FindNode(conv.at); ok && len(methods) > 0 {
				m.converted = append(m.converted, converted{at, methods})
			}
		}
	}
	return m.converted
}

// assertedMethods returns the methods of t that the package may run after a type
// assertion, which makes another interface of the one that a value was converted to.
func (m *model) assertedMethods(t types.Type) []*types.Func {
	var out []*types.Func
	for _, iface := range m.assertedInterfaces() {
		if types.Implements(t, iface) {
			out = append(out, conversion{from: t, to: iface}.methods()...)
		}
	}
	return out
}

// assertedInterfaces returns the interfaces with methods in the type assertions and
// type switches of the package.
func (m *model) assertedInterfaces() []*types.Interface {
	if m.asserted != nil {
		return m.asserted
	}
	m.asserted = []*types.Interface{}
	add := func(e ast.Expr) {
		t := m.pass.TypesInfo.TypeOf(e)
		if t == nil || m.isTest(e) {
			return
		}
		if iface, ok := t.Underlying().(*types.Interface); ok && iface.NumMethods() > 0 {
			m.asserted = append(m.asserted, iface)
		}
	}
	for cur := range m.root.Preorder((*ast.TypeAssertExpr)(nil), (*ast.TypeSwitchStmt)(nil)) {
		switch n := cur.Node().(type) {
		case *ast.TypeAssertExpr:
			if n.Type != nil {
				add(n.Type)
			}
		case *ast.TypeSwitchStmt:
			for _, clause := range n.Body.List {
				for _, e := range clause.(*ast.CaseClause).List {
					add(e)
				}
			}
		}
	}
	return m.asserted
}
