package flow

import (
	"go/token"
	"go/types"
	"maps"
	"slices"

	"golang.org/x/tools/go/ssa"
)

// maxOrigins limits the origins of a value. A function that is called with more
// variables than this is a general one, and tells nothing about any of them.
const maxOrigins = 16

// trace finds the origins of all values. It visits a function again whenever something
// that the function uses gets another origin, until nothing changes.
func (r *Run) trace() {
	r.dirty = maps.Clone(r.funcs)
	for len(r.dirty) > 0 {
		dirty := r.dirty
		r.dirty = make(map[*ssa.Function]bool)
		for _, fn := range r.order {
			if !dirty[fn] {
				continue
			}
			for instr := range r.instructions(fn) {
				r.traceInstr(fn, instr)
			}
		}
	}
}

func (r *Run) traceInstr(fn *ssa.Function, instr ssa.Instruction) {
	switch instr := instr.(type) {
	case *ssa.Return:
		r.traceResults(fn, instr)
	case *ssa.Store:
		r.traceFill(instr)
		// A local copy of a variable keeps the origin of its value.
		if alloc, ok := instr.Addr.(*ssa.Alloc); ok {
			r.add(alloc, stored(instr.Val, r.of(instr.Val)))
		} else if local := localBase(instr.Addr); local != nil {
			r.add(local, onlyCells(stored(instr.Val, r.of(instr.Val))))
		}
	case *ssa.MapUpdate:
		if m, ok := instr.Map.(*ssa.MakeMap); ok {
			r.add(m, onlyCells(stored(instr.Value, r.of(instr.Value))))
		}
	case *ssa.MakeClosure:
		for i, v := range instr.Bindings {
			free := instr.Fn.(*ssa.Function).FreeVars[i]
			r.add(free, r.of(v))
			r.fillAll(v, r.p.filled(free, 0))
		}
	}
	if call, ok := instr.(ssa.CallInstruction); ok {
		r.pass(call)
		r.fillByCall(call)
	}
	if v, ok := instr.(ssa.Value); ok {
		r.add(v, r.derive(v))
	}
}

// traceResults adds the origins of the results of fn.
func (r *Run) traceResults(fn *ssa.Function, ret *ssa.Return) {
	if r.results[fn] == nil {
		r.results[fn] = make([][]origin, len(ret.Results))
	}
	changed := false
	for i, v := range ret.Results {
		r.results[fn][i], changed = merge(r.results[fn][i], r.of(v), changed)
	}
	if changed {
		for _, site := range r.sites[fn] {
			r.dirty[site.Parent()] = true
		}
	}
}

// stored returns the origins of a local variable that v is stored in.
func stored(v ssa.Value, of []origin) []origin {
	var out []origin
	for _, o := range of {
		switch {
		case o.cell && isPointerLike(v.Type()) && !holdsMany(v.Type()):
			// The model does not follow pointers to local variables any further.
		case o.cell:
			out = append(out, o)
		case isPointerLike(v.Type()):
			o.cell = true
			out = append(out, o)
		case !o.addr:
			out = append(out, origin{Path: o.Path, addr: true, copy: true, only: o.only})
		}
	}
	return out
}

// localBase returns the local variable around addr, or nil.
func localBase(addr ssa.Value) *ssa.Alloc {
	for {
		switch x := addr.(type) {
		case *ssa.FieldAddr:
			addr = x.X
		case *ssa.IndexAddr:
			addr = x.X
		case *ssa.Slice:
			addr = x.X
		case *ssa.Alloc:
			return x
		default:
			return nil
		}
	}
}

// onlyCells returns the origins of pointers that are kept in a local variable.
func onlyCells(of []origin) []origin {
	return slices.DeleteFunc(of, func(o origin) bool { return !o.cell })
}

// of returns the origins of v.
func (r *Run) of(v ssa.Value) []origin {
	if g, ok := v.(*ssa.Global); ok {
		return []origin{{Path: globalPath(g), addr: true}}
	}
	return r.origins[v]
}

func (r *Run) add(v ssa.Value, more []origin) {
	if len(more) == 0 {
		return
	}
	var changed bool
	if r.origins[v], changed = merge(r.origins[v], more, false); changed {
		r.dirty[v.Parent()] = true
	}
}

func merge(set, more []origin, changed bool) ([]origin, bool) {
	for _, o := range more {
		if !slices.Contains(set, o) && len(set) < maxOrigins {
			set, changed = append(set, o), true
		}
	}
	return set, changed
}

// pass hands the origins of arguments to the parameters of the functions that a call
// may run.
func (r *Run) pass(site ssa.CallInstruction) {
	call := site.Common()
	for _, fn := range r.targets(site) {
		args := call.Args
		if call.IsInvoke() {
			args = append([]ssa.Value{call.Value}, args...)
		}
		for i, arg := range args {
			if i < len(fn.Params) {
				r.add(fn.Params[i], r.of(arg))
			}
		}
	}
}

// targets returns the functions with source that a call may run.
func (r *Run) targets(site ssa.CallInstruction) []*ssa.Function {
	fns, ok := r.calls[site]
	if !ok {
		fns = r.findTargets(site)
		r.calls[site] = fns
	}
	return fns
}

func (r *Run) findTargets(site ssa.CallInstruction) []*ssa.Function {
	call := site.Common()
	switch {
	case call.IsInvoke():
		m, ok := r.invokes[invokedKey{call.Value.Type(), call.Method}]
		if !ok {
			return nil
		}
		return slices.DeleteFunc(slices.Clone(m.targets), func(fn *ssa.Function) bool { return !r.funcs[fn] })
	case call.StaticCallee() != nil:
		if fn := call.StaticCallee(); r.funcs[fn] {
			return []*ssa.Function{fn}
		}
		return nil
	}
	if sig, ok := call.Value.Type().Underlying().(*types.Signature); ok {
		return slices.DeleteFunc(slices.Clone(r.dynamicOf(sig).values), func(fn *ssa.Function) bool { return !r.funcs[fn] })
	}
	return nil
}

// derive returns the origins of v, from the origins of its operands.
func (r *Run) derive(v ssa.Value) []origin {
	switch v := v.(type) {
	case *ssa.FieldAddr:
		return r.parts(v.X, fieldName(v.X.Type(), v.Field), true)
	case *ssa.Field:
		return r.parts(v.X, fieldName(v.X.Type(), v.Field), false)
	case *ssa.IndexAddr:
		return r.parts(v.X, "[]", true)
	case *ssa.Index:
		return r.parts(v.X, "[]", false)
	case *ssa.Lookup:
		return r.parts(v.X, "[]", false)
	case *ssa.Next:
		if rng, ok := v.Iter.(*ssa.Range); ok {
			return r.parts(rng.X, "[]", false)
		}
	case *ssa.UnOp:
		if v.Op == token.MUL {
			return append(r.load(v), r.unpack(v)...)
		}
	case *ssa.Phi:
		var out []origin
		for _, e := range v.Edges {
			out, _ = merge(out, r.of(e), false)
		}
		return out
	case *ssa.ChangeType:
		return r.of(v.X)
	case *ssa.Convert:
		return r.of(v.X)
	case *ssa.MakeInterface:
		return r.of(v.X)
	case *ssa.ChangeInterface:
		return r.of(v.X)
	case *ssa.TypeAssert:
		return r.of(v.X)
	case *ssa.Slice:
		return r.of(v.X)
	case *ssa.Extract:
		return r.extract(v)
	case *ssa.Call:
		return r.result(v, 0)
	}
	return nil
}

func (r *Run) parts(x ssa.Value, name string, addr bool) []origin {
	var out []origin
	for _, o := range r.of(x) {
		switch {
		case !o.cell:
			if part, ok := o.part(name, addr); ok {
				out = append(out, part)
			}
		case addr:
			out = append(out, o) // the part may hold it too
		default:
			out = append(out, o.unpacked(partType(x)))
		}
	}
	return out
}

// partType returns the type of the elements of x, or nil.
func partType(x ssa.Value) types.Type {
	switch t := x.Type().Underlying().(type) {
	case *types.Map:
		return t.Elem()
	case *types.Slice:
		return t.Elem()
	case *types.Array:
		return t.Elem()
	}
	return nil
}

// unpacked returns the origin of a value of type t that is taken from a local variable: a
// pointer, unless the value holds pointers itself.
func (o origin) unpacked(t types.Type) origin {
	o.cell = t != nil && holdsMany(t)
	return o
}

// holdsMany reports whether a value of type t may hold several pointers.
func holdsMany(t types.Type) bool {
	switch t.Underlying().(type) {
	case *types.Struct, *types.Array, *types.Slice, *types.Map:
		return true
	}
	return false
}

// load returns the origins of the value behind a pointer, unless it is in a local variable.
func (r *Run) load(v *ssa.UnOp) []origin {
	var out []origin
	for _, o := range r.of(v.X) {
		switch {
		case o.cell:
		case o.Root == elsewhere:
			out = append(out, origin{Path: o.Path, copy: true, only: o.only})
		case o.addr:
			out = append(out, origin{Path: o.Path, copy: o.copy && !isPointerLike(v.Type())})
		case isStruct(v.Type()):
			out = append(out, origin{Path: o.Path, copy: true})
		default:
			out = append(out, origin{Path: o.Path.add("*"), copy: o.copy})
		}
	}
	return out
}

// unpack returns the origins of the value of a local variable.
func (r *Run) unpack(v *ssa.UnOp) []origin {
	var out []origin
	for _, o := range r.of(v.X) {
		if o.cell {
			out = append(out, o.unpacked(v.Type()))
		}
	}
	return out
}

func isStruct(t types.Type) bool {
	_, ok := t.Underlying().(*types.Struct)
	return ok
}

// extract returns the origins of one result of a call, or of another operation with two
// results.
func (r *Run) extract(v *ssa.Extract) []origin {
	if call, ok := v.Tuple.(*ssa.Call); ok {
		return r.result(call, v.Index)
	}
	if _, ok := v.Tuple.(*ssa.Next); ok && v.Index == 2 || !ok && v.Index == 0 {
		return r.of(v.Tuple)
	}
	return nil
}

// result returns the origins of a result of a call.
func (r *Run) result(call *ssa.Call, i int) []origin {
	if i == 0 {
		if part, ok := loads[fullName(&call.Call)]; ok {
			var out []origin
			for _, o := range r.of(receiver(&call.Call)) {
				out = append(out, origin{Path: o.Path.add(part)})
			}
			return out
		}
	}
	var out []origin
	for _, fn := range r.targets(call) {
		if i < len(r.results[fn]) {
			out, _ = merge(out, r.results[fn][i], false)
		}
	}
	return out
}

// receiver returns the receiver of a call of a method, or the first argument.
func receiver(call *ssa.CallCommon) ssa.Value {
	if call.IsInvoke() {
		return call.Value
	}
	if len(call.Args) == 0 {
		return nil
	}
	return call.Args[0]
}
