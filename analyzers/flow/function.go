package flow

import (
	"go/token"
	"slices"

	"golang.org/x/tools/go/ssa"
)

// functionsOf returns the functions that v may be, as far as its definition tells: it is
// followed through variables, parameters, lists, maps, fields and constructors.
func (r *Run) functionsOf(v ssa.Value, depth int) []*ssa.Function {
	if fn := functionValue(v); fn != nil {
		return []*ssa.Function{fn}
	}
	var out []*ssa.Function
	for _, from := range r.sourcesOf(v) {
		if depth < 8 {
			out = append(out, r.functionsOf(from, depth+1)...)
		}
	}
	return out
}

// sourcesOf returns the values that v may be a copy of, or that are stored in the list,
// the map or the struct that it is taken from.
func (r *Run) sourcesOf(v ssa.Value) []ssa.Value {
	switch v := v.(type) {
	case *ssa.Phi:
		return v.Edges
	case *ssa.Call:
		return resultsOf(v)
	case *ssa.Parameter:
		return r.passed(v)
	case *ssa.UnOp:
		if v.Op == token.MUL {
			return r.storedAt(v.X)
		}
	case *ssa.Field:
		return r.sourcesOf(v.X)
	case *ssa.Lookup:
		return r.storedAt(v.X)
	case *ssa.Extract:
		if next, ok := v.Tuple.(*ssa.Next); ok {
			return r.storedAt(next.Iter.(*ssa.Range).X)
		}
		return r.sourcesOf(v.Tuple)
	case *ssa.Slice:
		return r.storedAt(v.X)
	}
	return nil
}

// resultsOf returns the first result of each return of the function that call runs.
func resultsOf(call *ssa.Call) []ssa.Value {
	fn := call.Call.StaticCallee()
	if fn == nil {
		return nil
	}
	var out []ssa.Value
	for _, b := range fn.Blocks {
		if ret, ok := b.Instrs[len(b.Instrs)-1].(*ssa.Return); ok && len(ret.Results) > 0 {
			out = append(out, localValue(ret.Results[0]))
		}
	}
	return out
}

// storedAt returns the values that are stored at addr or in a part of it.
func (r *Run) storedAt(addr ssa.Value) []ssa.Value {
	var refs []ssa.Instruction
	switch addr := addr.(type) {
	case *ssa.Global:
		refs = r.p.users(addr)
	case *ssa.IndexAddr:
		return r.storedAt(addr.X)
	case *ssa.FieldAddr:
		return r.storedAt(addr.X)
	case *ssa.Alloc, *ssa.MakeMap:
		refs = *addr.Referrers()
	default:
		return r.sourcesOf(addr)
	}
	var out []ssa.Value
	for _, ref := range refs {
		switch ref := ref.(type) {
		case *ssa.Store:
			if ref.Addr == addr {
				out = append(out, ref.Val)
			}
		case *ssa.MapUpdate:
			if ref.Map == addr {
				out = append(out, ref.Value)
			}
		case *ssa.IndexAddr:
			out = append(out, partsOf(ref)...)
		case *ssa.FieldAddr:
			out = append(out, partsOf(ref)...)
		}
	}
	return out
}

// partsOf returns the values that are stored at the address of a part, or below it.
func partsOf(addr ssa.Value) []ssa.Value {
	var out []ssa.Value
	for _, ref := range *addr.Referrers() {
		switch ref := ref.(type) {
		case *ssa.Store:
			if ref.Addr == addr {
				out = append(out, ref.Val)
			}
		case *ssa.FieldAddr:
			out = append(out, partsOf(ref)...)
		}
	}
	return out
}

// users returns the instructions of its package that use a package variable.
func (p *Program) users(g *ssa.Global) []ssa.Instruction {
	var out []ssa.Instruction
	for _, fn := range p.Functions(g.Pkg.Pkg.Path()) {
		for _, b := range fn.Blocks {
			for _, instr := range b.Instrs {
				if slices.ContainsFunc(instr.Operands(nil), func(op *ssa.Value) bool { return *op == g }) {
					out = append(out, instr)
				}
			}
		}
	}
	return out
}
