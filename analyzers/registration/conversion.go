package registration

import (
	"go/ast"
	"go/token"
	"go/types"
	"iter"

	"golang.org/x/tools/go/ast/inspector"

	"github.com/cloud-functions-dispatch/go/analyzers/internal/dispatchapi"
)

// A conversion is a value of a type that is converted to an interface, or a type that
// is the argument of a type parameter with such a constraint.
type conversion struct {
	at   ast.Node // the expression of the value, or the name of the generic object
	from types.Type
	to   types.Type // its underlying type is an interface
}

// printing are packages that read a value without running it.
var printing = map[string]bool{"fmt": true, "log": true, "log/slog": true, "errors": true, "encoding/json": true, "encoding/gob": true, "encoding/xml": true, "testing": true}

// conversionsIn returns the conversions that the node at cur makes of its parts. A
// value that only the blank variable holds is not converted: that is how code asserts
// that a type implements an interface.
func conversionsIn(info *types.Info, cur inspector.Cursor) iter.Seq[conversion] {
	return func(yield func(conversion) bool) {
		c := &converter{info: info, yield: yield}
		switch n := cur.Node().(type) {
		case *ast.CallExpr:
			c.call(n)
		case *ast.CompositeLit:
			c.literal(n)
		case *ast.AssignStmt:
			c.assign(n)
		case *ast.ValueSpec:
			c.values(n)
		case *ast.ReturnStmt:
			c.results(n, enclosingSignature(info, cur))
		case *ast.RangeStmt:
			c.loop(n)
		case *ast.SendStmt:
			if ch, ok := coreOf(info.TypeOf(n.Chan)).(*types.Chan); ok {
				c.convert(n.Value, ch.Elem())
			}
		case *ast.IndexExpr:
			if m, ok := coreOf(info.TypeOf(n.X)).(*types.Map); ok {
				c.convert(n.Index, m.Key())
			}
		case *ast.Ident:
			c.instance(n)
		}
	}
}

// A converter finds the conversions of one node.
type converter struct {
	info  *types.Info
	yield func(conversion) bool
	done  bool
}

// convert adds the conversion of e to the type to, if it is one from a concrete type
// to an interface.
func (c *converter) convert(e ast.Expr, to types.Type) {
	if call, ok := ast.Unparen(e).(*ast.CallExpr); ok && len(call.Args) == 1 && c.info.Types[call.Fun].IsType() && c.info.Types[call.Args[0]].IsNil() {
		return // (*T)(nil) stands for the type
	}
	c.add(e, c.info.TypeOf(e), to)
}

func (c *converter) add(at ast.Node, from, to types.Type) {
	if c.done || from == nil || to == nil || !types.IsInterface(to) || types.IsInterface(from) {
		return
	}
	c.done = !c.yield(conversion{at, from, to})
}

// convertAll adds the conversions of exprs to the types at the same index. A single
// call may return all of the values.
func (c *converter) convertAll(exprs []ast.Expr, n int, to func(i int) types.Type) {
	if len(exprs) == n {
		for i, e := range exprs {
			c.convert(e, to(i))
		}
		return
	}
	if len(exprs) != 1 {
		return
	}
	if tuple, ok := c.info.TypeOf(exprs[0]).(*types.Tuple); ok {
		for i := range min(n, tuple.Len()) {
			c.add(exprs[0], tuple.At(i).Type(), to(i))
		}
	}
}

// call adds the conversions of arguments, and an explicit conversion.
func (c *converter) call(n *ast.CallExpr) {
	if c.info.Types[n.Fun].IsType() {
		if len(n.Args) == 1 {
			c.convert(n.Args[0], c.info.TypeOf(n.Fun))
		}
		return
	}
	sig, ok := coreOf(c.info.TypeOf(n.Fun)).(*types.Signature)
	if !ok {
		return
	}
	callee := dispatchapi.Callee(c.info, n)
	prints := callee != nil && callee.Pkg() != nil && printing[callee.Pkg().Path()]
	to := func(i int) types.Type {
		t := paramType(sig, i, n.Ellipsis.IsValid())
		if prints && t != nil && isEmptyInterface(t) {
			return nil
		}
		return t
	}
	count := len(n.Args)
	if count == 1 {
		if tuple, ok := c.info.TypeOf(n.Args[0]).(*types.Tuple); ok {
			count = tuple.Len()
		}
	}
	c.convertAll(n.Args, count, to)
}

// paramType returns the type of the parameter that takes the argument with index i.
func paramType(sig *types.Signature, i int, spread bool) types.Type {
	last := sig.Params().Len() - 1
	switch {
	case last < 0:
		return nil
	case sig.Variadic() && i >= last && !spread:
		if slice, ok := coreOf(sig.Params().At(last).Type()).(*types.Slice); ok {
			return slice.Elem()
		}
		return nil
	case i > last:
		return nil
	}
	return sig.Params().At(i).Type()
}

// literal adds the conversions of the elements of a composite literal.
func (c *converter) literal(n *ast.CompositeLit) {
	t := c.info.TypeOf(n)
	if t == nil {
		return
	}
	switch t := coreOf(dispatchapi.Deref(t)).(type) { // &T is implied in []*T{{…}}
	case *types.Struct:
		for i, e := range n.Elts {
			if kv, ok := e.(*ast.KeyValueExpr); ok {
				if field, ok := kv.Key.(*ast.Ident); ok && c.info.Uses[field] != nil {
					c.convert(kv.Value, c.info.Uses[field].Type())
				}
			} else if i < t.NumFields() {
				c.convert(e, t.Field(i).Type())
			}
		}
	case *types.Map:
		for _, e := range n.Elts {
			if kv, ok := e.(*ast.KeyValueExpr); ok {
				c.convert(kv.Key, t.Key())
				c.convert(kv.Value, t.Elem())
			}
		}
	case interface{ Elem() types.Type }: // an array or a slice
		for _, e := range n.Elts {
			if kv, ok := e.(*ast.KeyValueExpr); ok {
				e = kv.Value
			}
			c.convert(e, t.Elem())
		}
	}
}

// assign adds the conversions of an assignment. A variable that := declares has the
// type of its value.
func (c *converter) assign(n *ast.AssignStmt) {
	if n.Tok != token.ASSIGN && n.Tok != token.DEFINE {
		return
	}
	c.convertAll(n.Rhs, len(n.Lhs), func(i int) types.Type {
		if id, ok := n.Lhs[i].(*ast.Ident); ok && id.Name == "_" {
			return nil
		}
		return c.info.TypeOf(n.Lhs[i])
	})
}

// values adds the conversions of the initial values of variables.
func (c *converter) values(n *ast.ValueSpec) {
	if n.Type == nil {
		return
	}
	c.convertAll(n.Values, len(n.Names), func(i int) types.Type {
		if n.Names[i].Name == "_" {
			return nil
		}
		return c.info.TypeOf(n.Type)
	})
}

// loop adds the conversions of the elements that a loop assigns to existing variables.
func (c *converter) loop(n *ast.RangeStmt) {
	if n.Tok != token.ASSIGN || n.Value == nil {
		return
	}
	switch t := coreOf(dispatchapi.Deref(c.info.TypeOf(n.X))).(type) {
	case interface{ Elem() types.Type }:
		c.add(n.X, t.Elem(), c.info.TypeOf(n.Value))
	case *types.Signature: // an iterator, which calls a function with the values
		if yield, ok := coreOf(t.Params().At(0).Type()).(*types.Signature); ok && yield.Params().Len() == 2 {
			c.add(n.X, yield.Params().At(1).Type(), c.info.TypeOf(n.Value))
		}
	}
}

// results adds the conversions of the results of a function with signature sig.
func (c *converter) results(n *ast.ReturnStmt, sig *types.Signature) {
	if sig != nil {
		c.convertAll(n.Results, sig.Results().Len(), func(i int) types.Type { return sig.Results().At(i).Type() })
	}
}

// instance adds the arguments of the type parameters of a generic function or type. A
// constraint without methods runs nothing.
func (c *converter) instance(id *ast.Ident) {
	inst, ok := c.info.Instances[id]
	if !ok {
		return
	}
	var params *types.TypeParamList
	switch obj := c.info.Uses[id].(type) {
	case *types.Func:
		params = obj.Origin().Signature().TypeParams()
	case *types.TypeName:
		if named, ok := types.Unalias(obj.Type()).(*types.Named); ok {
			params = named.Origin().TypeParams()
		}
	}
	for i := range min(params.Len(), inst.TypeArgs.Len()) {
		if to := params.At(i).Constraint(); !isEmptyInterface(to) {
			c.add(id, inst.TypeArgs.At(i), to)
		}
	}
}

// enclosingSignature returns the signature of the function that a return statement at
// cur ends.
func enclosingSignature(info *types.Info, cur inspector.Cursor) *types.Signature {
	for c := range cur.Enclosing((*ast.FuncDecl)(nil), (*ast.FuncLit)(nil)) {
		switch n := c.Node().(type) {
		case *ast.FuncDecl:
			return info.Defs[n.Name].(*types.Func).Signature()
		case *ast.FuncLit:
			sig, _ := info.TypeOf(n).(*types.Signature)
			return sig
		}
	}
	return nil
}

// coreOf returns the underlying type of t, which may be nil.
func coreOf(t types.Type) types.Type {
	if t == nil {
		return nil
	}
	return t.Underlying()
}

// isEmptyInterface reports whether t is an interface without methods.
func isEmptyInterface(t types.Type) bool {
	i, ok := t.Underlying().(*types.Interface)
	return ok && i.NumMethods() == 0
}
