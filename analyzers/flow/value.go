package flow

import (
	"go/constant"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// zeroOf returns the fact that a value of type t is the zero value, because of by.
func zeroOf(t types.Type, by fact) fact {
	out := fact{zero: true, from: by.from, typ: by.typ}
	b, ok := t.Underlying().(*types.Basic)
	switch {
	case !ok:
	case b.Info()&types.IsBoolean != 0:
		out.value = constant.MakeBool(false)
	case b.Info()&types.IsString != 0:
		out.value = constant.MakeString("")
	case b.Info()&types.IsNumeric != 0:
		out.value = constant.MakeInt64(0)
	}
	return out
}

// unsetAt returns the fact of a value with the given origins: it is zero if all of them
// are unset.
func (f *frame) unsetAt(t types.Type, from []origin, set bool) fact {
	if set {
		return fact{}
	}
	if len(from) == 0 || slices.ContainsFunc(from, func(o origin) bool { return !f.unset(o.Path) || f.inNoElement(o.Path) }) {
		return fact{}
	}
	out := zeroOf(t, fact{from: from[0].Path, typ: t})
	out.choice = isBool(t)
	return out
}

// inNoElement reports whether p is a part of an element of a map or a list that has none:
// a value that may come from there comes from elsewhere.
func (f *frame) inNoElement(p Path) bool {
	i := strings.LastIndex(p.Sub, "[]")
	return i >= 0 && i+2 < len(p.Sub) && f.unset(Path{p.Root, p.Sub[:i+2]})
}

func isBool(t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&types.IsBoolean != 0
}

// localValue returns the value that the block of v has stored in the local variable from
// which v is loaded, or v itself. A function that defers calls keeps its results in such
// variables.
func localValue(v ssa.Value) ssa.Value {
	load, ok := v.(*ssa.UnOp)
	if !ok || load.Op != token.MUL {
		return v
	}
	if _, ok := load.X.(*ssa.Alloc); !ok {
		return v
	}
	instrs := load.Block().Instrs
	for i := slices.Index(instrs, ssa.Instruction(load)) - 1; i >= 0; i-- {
		if store, ok := instrs[i].(*ssa.Store); ok && store.Addr == load.X {
			return store.Val
		}
	}
	return v
}

// isVariable reports whether v is a local variable that code only stores and reads, here
// and in function literals: its value is one of the stored ones.
func isVariable(v ssa.Value) bool {
	for _, ref := range *v.Referrers() {
		switch ref := ref.(type) {
		case *ssa.Store:
			if ref.Addr != v {
				return false
			}
		case *ssa.MakeClosure:
			i := slices.Index(ref.Bindings, v)
			if inner := ref.Fn.(*ssa.Function).FreeVars[i]; !isVariable(inner) || slices.ContainsFunc(*inner.Referrers(), isStore) {
				return false
			}
		case *ssa.UnOp, *ssa.DebugRef:
		default:
			return false
		}
	}
	return true
}

// isBound reports whether v is a local variable of the function around.
func isBound(v *ssa.FreeVar) bool {
	i := slices.Index(v.Parent().FreeVars, v)
	for _, ref := range *v.Parent().Referrers() {
		c, ok := ref.(*ssa.MakeClosure)
		if ok {
			if alloc, ok := c.Bindings[i].(*ssa.Alloc); ok {
				return isVariable(alloc)
			}
		}
	}
	return false
}

func isStore(instr ssa.Instruction) bool { _, ok := instr.(*ssa.Store); return ok }

// compute returns the fact of a value.
func (f *frame) compute(b *ssa.BasicBlock, v ssa.Value, set bool) fact {
	switch v := v.(type) {
	case *ssa.Phi:
		return f.phi(b, v)
	case *ssa.UnOp:
		return f.unary(v, set)
	case *ssa.BinOp:
		return f.compare(v)
	case *ssa.Extract:
		if t := f.tuples[v.Tuple]; v.Index < len(t) {
			return t[v.Index]
		}
	case *ssa.Lookup:
		return f.lookup(v, set)
	case *ssa.Next:
		if rng, ok := v.Iter.(*ssa.Range); ok {
			if x := f.elements(rng.X, set); x.zero {
				f.tuples[v] = []fact{{value: constant.MakeBool(false), zero: true, from: x.from, typ: x.typ}, {}, {}}
			}
		}
	case *ssa.TypeAssert:
		return f.assert(v)
	case *ssa.MakeInterface:
		if x := f.fact(v.X); x.zero && x.tainted() || x.boxed {
			return fact{boxed: true, from: x.from, typ: x.typ}
		}
	case *ssa.Field:
		if x := f.fact(v.X); x.zero {
			return zeroOf(v.Type(), x)
		}
		return f.unsetAt(v.Type(), f.derive(v), set)
	case *ssa.Index:
		if x := f.fact(v.X); x.zero {
			return zeroOf(v.Type(), x)
		}
	case *ssa.ChangeType:
		return f.fact(v.X)
	case *ssa.ChangeInterface:
		return f.fact(v.X)
	case *ssa.Convert:
		if x := f.fact(v.X); x.zero {
			return zeroOf(v.Type(), x)
		}
	case *ssa.Slice:
		if x := f.fact(v.X); x.zero && !isArrayPointer(v.X.Type()) {
			return zeroOf(v.Type(), x)
		}
	}
	return fact{}
}

func isArrayPointer(t types.Type) bool {
	_, ok := deref(t).Underlying().(*types.Array)
	return ok
}

func (f *frame) phi(b *ssa.BasicBlock, v *ssa.Phi) fact {
	var out fact
	first := true
	for i, pred := range b.Preds {
		if !f.edges[[2]*ssa.BasicBlock{pred, b}] {
			continue
		}
		if _, done := f.facts[v.Edges[i]]; !done && !isConst(v.Edges[i]) && isInstr(v.Edges[i]) {
			continue // not yet executed
		}
		if e := f.fact(v.Edges[i]); first {
			out, first = e, false
		} else {
			out = join(out, e)
		}
	}
	return out
}

func isConst(v ssa.Value) bool { _, ok := v.(*ssa.Const); return ok }

func isInstr(v ssa.Value) bool { _, ok := v.(ssa.Instruction); return ok }

func (f *frame) unary(v *ssa.UnOp, set bool) fact {
	switch v.Op {
	case token.NOT:
		if x := f.fact(v.X); x.value != nil {
			x.value = constant.MakeBool(!constant.BoolVal(x.value))
			x.zero = !constant.BoolVal(x.value)
			return x
		}
	case token.MUL:
		switch x := v.X.(type) {
		case *ssa.Alloc:
			if stored := localValue(v); stored != v {
				return f.fact(stored)
			}
			if isVariable(x) {
				return f.fact(x)
			}
		case *ssa.FreeVar:
			if known := f.facts[x]; known.known() || known.tainted() || isBound(x) {
				return known
			}
		}
		return f.unsetAt(v.Type(), f.possible(v), set)
	}
	return fact{}
}

// possible returns the origins of the value that v loads, without those behind a pointer
// that is nil in the callee: the execution got another pointer there.
func (f *frame) possible(v *ssa.UnOp) []origin {
	from := slices.Clone(f.load(v))
	for addr := v.X; ; {
		field, ok := addr.(*ssa.FieldAddr)
		if !ok {
			return from
		}
		for _, o := range f.of(field.X) {
			if !o.addr && !o.cell && f.unset(o.Path) && !f.fact(field.X).zero {
				from = slices.DeleteFunc(from, func(q origin) bool { return o.Path.Has(q.Path) })
			}
		}
		addr = field.X
	}
}

// compare returns the fact of a comparison between known values.
func (f *frame) compare(v *ssa.BinOp) fact {
	x, y := f.fact(v.X), f.fact(v.Y)
	by, other := x, y
	if !by.tainted() {
		by, other = y, x
	}
	out := fact{from: by.from, typ: by.typ}
	switch v.Op {
	case token.EQL, token.NEQ, token.LSS, token.LEQ, token.GTR, token.GEQ:
	default:
		return fact{}
	}
	var result bool
	switch {
	case x.value != nil && y.value != nil && x.value.Kind() == y.value.Kind():
		result = constant.Compare(x.value, v.Op, y.value)
		out.choice = by.tainted() && !by.length && !(other.zero && isConst(pick(v, by == x)) && !isLoop(v))
	case x.value == nil && y.value == nil && x.zero && y.zero && v.Op == token.EQL:
		result = true
	case x.value == nil && y.value == nil && x.zero && y.zero && v.Op == token.NEQ:
		result = false
	case v.Op == token.LSS && y.tainted() && y.value != nil && isIndex(v.X):
		result = false // an index is never below zero, or the length of an empty list
		out.choice = !y.length
	default:
		return fact{}
	}
	out.value, out.zero = constant.MakeBool(result), !result
	return out
}

// isIndex reports whether v counts the rounds of a loop.
func isIndex(v ssa.Value) bool {
	if sum, ok := v.(*ssa.BinOp); ok && sum.Op == token.ADD {
		v = sum.X
	}
	_, ok := v.(*ssa.Phi)
	return ok
}

// isLoop reports whether v is the first check of a loop over a number.
func isLoop(v *ssa.BinOp) bool {
	return v.Op == token.LSS && strings.HasPrefix(v.Block().Succs[0].Comment, "rangeint")
}

// pick returns the operand of v that is compared with the first, or else the second.
func pick(v *ssa.BinOp, first bool) ssa.Value {
	if first {
		return v.Y
	}
	return v.X
}

// elements returns the fact that a map or a list has no elements, if that is known.
func (f *frame) elements(x ssa.Value, set bool) fact {
	if known := f.fact(x); known.zero {
		return known
	}
	var parts []origin
	for _, o := range f.of(x) {
		if part, ok := o.part("[]", false); ok {
			parts = append(parts, part)
		}
	}
	return f.unsetAt(x.Type(), parts, set)
}

func (f *frame) lookup(v *ssa.Lookup, set bool) fact {
	x := f.elements(v.X, set)
	if !x.zero || !isMap(v.X.Type()) {
		return fact{}
	}
	elem := v.X.Type().Underlying().(*types.Map).Elem()
	zero := zeroOf(elem, x)
	zero.choice = isBool(elem)
	if v.CommaOk {
		f.tuples[v] = []fact{zero, {value: constant.MakeBool(false), zero: true, from: x.from, typ: x.typ}}
		return fact{}
	}
	return zero
}

func isMap(t types.Type) bool { _, ok := t.Underlying().(*types.Map); return ok }

func (f *frame) assert(v *ssa.TypeAssert) fact {
	x := f.fact(v.X)
	switch {
	case x.boxed:
		zero := zeroOf(v.AssertedType, x)
		f.tuples[v] = []fact{zero, {}}
		if !v.CommaOk {
			return zero
		}
	case x.zero:
		f.tuples[v] = []fact{zeroOf(v.AssertedType, x), {value: constant.MakeBool(false), zero: true, from: x.from, typ: x.typ}}
	}
	return fact{}
}
