package flow

import (
	"go/types"
	"slices"

	"golang.org/x/tools/go/ssa"
)

func (r *Run) reach(fn *ssa.Function) {
	if fn != nil && fn.Blocks != nil && !r.funcs[fn] {
		r.funcs[fn] = true
		r.todo = append(r.todo, fn)
	}
}

// instructions yields the instructions of fn that may run in the process.
func (r *Run) instructions(fn *ssa.Function) func(func(ssa.Instruction) bool) {
	var live map[*ssa.BasicBlock]int
	if r.serves() && r.p.serving[fn] {
		live = r.p.beforeServing(fn)
	}
	return func(yield func(ssa.Instruction) bool) {
		for _, b := range fn.Blocks {
			instrs := b.Instrs
			if live != nil {
				instrs = instrs[:live[b]]
			}
			for _, instr := range instrs {
				if !yield(instr) {
					return
				}
			}
		}
	}
}

// visit reaches the functions that an instruction may run.
func (r *Run) visit(instr ssa.Instruction) {
	var called ssa.Value
	if call, ok := instr.(ssa.CallInstruction); ok {
		called = call.Common().Value
		r.call(call)
		obj := calleeObject(call.Common())
		r.parses = r.parses || parses(obj)
		if obj != nil && isFlags(obj.Pkg()) && !r.parses {
			r.keepForFlag(call.Common())
			return
		}
		if r.stage != Serving && isOnStart(call.Common()) {
			return
		}
		r.passOn(call.Common())
	}
	if m, ok := instr.(*ssa.MakeInterface); ok {
		r.convert(m)
	}
	for _, op := range instr.Operands(nil) {
		if fn, ok := (*op).(*ssa.Function); ok && *op != called {
			r.value(fn, isPassedOn(instr))
		}
	}
}

// isPassedOn reports whether an instruction, or one that uses its value, calls a function
// without source, which may call a function that it gets.
func isPassedOn(instr ssa.Instruction) bool {
	if call, ok := instr.(ssa.CallInstruction); ok {
		fn := call.Common().StaticCallee()
		return fn != nil && fn.Blocks == nil
	}
	v, ok := instr.(ssa.Value)
	return ok && v.Referrers() != nil && slices.ContainsFunc(*v.Referrers(), func(use ssa.Instruction) bool {
		call, ok := use.(ssa.CallInstruction)
		return ok && (call.Common().Value == v || isPassedOn(call))
	})
}

// passOn reaches the functions that a call may pass to a function without source in a
// variable or in a list.
func (r *Run) passOn(call *ssa.CallCommon) {
	if fn := call.StaticCallee(); fn == nil || fn.Blocks != nil {
		return
	}
	for _, arg := range call.Args {
		t := arg.Type().Underlying()
		if list, ok := t.(*types.Slice); ok {
			t = list.Elem().Underlying()
		}
		if sig, ok := t.(*types.Signature); ok && functionValue(arg) == nil {
			d := r.dynamicOf(sig)
			d.passedOn = true
			for _, fn := range d.values {
				r.reach(fn)
			}
		}
	}
}

// keepForFlag keeps the functions in the arguments of a call that defines a flag. They run
// when flags are parsed.
func (r *Run) keepForFlag(call *ssa.CallCommon) {
	for _, arg := range call.Args {
		if fn := functionValue(arg); fn != nil {
			r.onParse = append(r.onParse, fn)
		}
	}
}

// value reaches a function that is used as a value. While a callee is initialized, it
// reaches only a function that something calls, or that is passed on.
func (r *Run) value(fn *ssa.Function, passedOn bool) {
	real := r.p.unwrapped(fn)
	if r.stage == Initializing || r.p.isRegistered(real) || r.serves() && r.p.others[real] {
		return
	}
	d := r.dynamicOf(fn.Signature)
	if slices.Contains(d.values, fn) {
		return
	}
	d.values = append(d.values, fn)
	r.sites[fn] = append(r.sites[fn], d.sites...)
	if r.inInit && !passedOn && !d.passedOn && len(d.sites) == 0 {
		r.onParse = append(r.onParse, fn)
		return
	}
	r.reach(fn)
}

// dynamic has the values of one function type and their calls.
type dynamic struct {
	values   []*ssa.Function
	sites    []ssa.CallInstruction // that call such a value
	passedOn bool                  // to a function without source
}

// dynamicOf returns the values with a signature and their calls.
func (r *Run) dynamicOf(sig *types.Signature) *dynamic {
	key := types.NewSignatureType(nil, nil, nil, sig.Params(), sig.Results(), sig.Variadic())
	d, ok := r.dynamic.At(key).(*dynamic)
	if !ok {
		d = new(dynamic)
		r.dynamic.Set(key, d)
	}
	return d
}

// call reaches the functions that a call may run.
func (r *Run) call(site ssa.CallInstruction) {
	call := site.Common()
	if call.IsInvoke() {
		r.invoke(site)
		return
	}
	if fn := call.StaticCallee(); fn != nil {
		r.sites[fn] = append(r.sites[fn], site)
		r.reach(fn)
		return
	}
	if sig, ok := call.Value.Type().Underlying().(*types.Signature); ok {
		d := r.dynamicOf(sig)
		d.sites = append(d.sites, site)
		for _, fn := range d.values {
			r.sites[fn] = append(r.sites[fn], site)
			r.reach(fn)
		}
	}
}

// An invoked method is a method of an interface that is called.
type invoked struct {
	sites   []ssa.CallInstruction
	targets []*ssa.Function // the methods of the types that were converted
}

// An invokedKey is an interface and a method of it.
type invokedKey struct {
	iface  types.Type
	method *types.Func
}

// invoke reaches the methods that a call through an interface may run.
func (r *Run) invoke(site ssa.CallInstruction) {
	call := site.Common()
	key := invokedKey{call.Value.Type(), call.Method}
	m, ok := r.invokes[key]
	if !ok {
		m = new(invoked)
		r.invokes[key] = m
		r.invokeOrder = append(r.invokeOrder, key)
		for _, t := range r.listed {
			r.implement(m, key, t)
		}
	}
	m.sites = append(m.sites, site)
	for _, fn := range m.targets {
		r.sites[fn] = append(r.sites[fn], site)
	}
}

// implement reaches the method that a call of m runs if its interface holds a t.
func (r *Run) implement(m *invoked, key invokedKey, t converted) {
	fn := r.method(t, key)
	if fn == nil {
		return
	}
	m.targets = append(m.targets, fn)
	r.sites[fn] = append(r.sites[fn], m.sites...)
	r.reach(fn)
}

// method returns the method of t that a call through an interface runs if the interface
// holds a t, or nil if it cannot.
func (r *Run) method(t converted, key invokedKey) *ssa.Function {
	if !t.methods[key.method.Name()] {
		return nil
	}
	iface, ok := key.iface.Underlying().(*types.Interface)
	if !ok || !types.Implements(t.Type, iface) {
		return nil
	}
	sel := r.p.ssa.MethodSets.MethodSet(t.Type).Lookup(key.method.Pkg(), key.method.Name())
	if sel == nil {
		return nil
	}
	return r.p.ssa.MethodValue(sel)
}

// converted is a type that becomes an interface.
type converted struct {
	types.Type
	methods map[string]bool // the names
}

func (r *Run) converted(t types.Type) converted {
	c := converted{t, make(map[string]bool)}
	set := r.p.ssa.MethodSets.MethodSet(t)
	for i := range set.Len() {
		c.methods[set.At(i).Obj().Name()] = true
	}
	return c
}

// convert records that a type becomes an interface. Other packages may call the methods
// of an interface that they declare, so these are reached at once.
func (r *Run) convert(m *ssa.MakeInterface) {
	t := m.X.Type()
	if types.IsInterface(t) {
		return // a type parameter
	}
	if r.types.At(t) == nil {
		r.types.Set(t, true)
		c := r.converted(t)
		r.listed = append(r.listed, c)
		for _, key := range r.invokeOrder {
			r.implement(r.invokes[key], key, c)
		}
	}
	if r.inInit && !isPassedOn(m) {
		return
	}
	for _, fn := range r.p.calledElsewhere(t, m.Type()) {
		r.reach(fn)
	}
}

// calledElsewhere returns the methods of t that packages without source may call once a
// value is converted to an interface: the methods of the interface if such a package
// declares it, and methods found by reflection.
func (p *Program) calledElsewhere(t, to types.Type) []*ssa.Function {
	iface, _ := to.Underlying().(*types.Interface)
	named, _ := types.Unalias(to).(*types.Named)
	foreign := named == nil || named.Obj().Pkg() == nil || p.packages[named.Obj().Pkg().Path()] == nil
	set := p.ssa.MethodSets.MethodSet(t)
	var out []*ssa.Function
	for i := range set.Len() {
		obj := set.At(i).Obj()
		declared := false
		for m := range iface.Methods() {
			declared = declared || m.Name() == obj.Name()
		}
		if foreign && declared || byReflection[obj.Name()] {
			if fn := p.ssa.MethodValue(set.At(i)); fn != nil {
				out = append(out, fn)
			}
		}
	}
	return out
}

// byReflection has the methods that common packages find on any value.
var byReflection = map[string]bool{
	"Run": true, "String": true, "Error": true, "Format": true, "LogValue": true,
	"MarshalJSON": true, "UnmarshalJSON": true, "MarshalText": true, "UnmarshalText": true, "Scan": true, "Value": true,
}
