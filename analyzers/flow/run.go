package flow

import (
	"go/types"
	"maps"
	"slices"

	"golang.org/x/tools/go/ssa"
	"golang.org/x/tools/go/types/typeutil"

	"github.com/cloud-functions-dispatch/go/analyzers/internal/dispatchapi"
)

// A Stage says how far a process has come.
type Stage int

const (
	Initializing Stage = iota // only what is called, not the functions that are kept for later
	Calling                   // a process that may make calls and serves nothing
	Loading                   // a callee before it serves, without the functions of dispatch.OnStart
	Serving                   // a callee
)

// A Run is the code that may run in one process.
type Run struct {
	p     *Program
	stage Stage
	funcs map[*ssa.Function]bool
	order []*ssa.Function // of funcs, as they were reached
	todo  []*ssa.Function

	types   typeutil.Map                          // the types that become interfaces
	invokes map[*types.Func][]ssa.CallInstruction // calls of methods of interfaces
	sites   map[*ssa.Function][]ssa.CallInstruction
	calls   map[ssa.CallInstruction][]*ssa.Function // see targets
	dynamic typeutil.Map                            // a *dynamic for each signature

	parses  bool            // command-line flags
	onParse []*ssa.Function // run for a flag or a command
	inInit  bool            // of a callee: functions that are only kept do not run yet
	origins map[ssa.Value][]origin
	results map[*ssa.Function][][]origin
	effects []Effect
	byRoot  map[string][]Effect
}

// Run returns what may run in a process that starts with roots. Registered functions run
// only if they are among the roots. In a callee, a function that leads to an entrypoint
// runs only up to where the process serves.
func (p *Program) Run(stage Stage, roots ...*ssa.Function) *Run { return p.run(stage, roots, nil) }

// run is like Run, and gives some values origins of their own.
func (p *Program) run(stage Stage, roots []*ssa.Function, seeds map[ssa.Value][]origin) *Run {
	r := &Run{
		p: p, stage: stage,
		funcs:   make(map[*ssa.Function]bool),
		invokes: make(map[*types.Func][]ssa.CallInstruction),
		sites:   make(map[*ssa.Function][]ssa.CallInstruction),
		calls:   make(map[ssa.CallInstruction][]*ssa.Function),
		origins: make(map[ssa.Value][]origin),
		results: make(map[*ssa.Function][][]origin),
	}
	maps.Copy(r.origins, seeds)
	r.inInit = r.serves()
	for _, root := range roots {
		if root != nil && isInit(root) {
			r.reach(root)
		}
	}
	r.finish()
	r.inInit = false
	for _, root := range roots {
		r.reach(root)
	}
	r.finish()
	for r.parses && len(r.onParse) > 0 {
		flags := r.onParse
		r.onParse = nil
		for _, fn := range flags {
			r.reach(fn)
		}
		r.finish()
	}
	r.trace()
	r.collect()
	return r
}

// finish visits the functions that were reached.
func (r *Run) finish() {
	for len(r.todo) > 0 {
		fn := r.todo[len(r.todo)-1]
		r.todo = r.todo[:len(r.todo)-1]
		r.order = append(r.order, fn)
		for instr := range r.instructions(fn) {
			r.visit(instr)
		}
	}
}

func isInit(fn *ssa.Function) bool { return fn.Name() == "init" && fn.Synthetic != "" }

// serves reports whether the process is a callee.
func (r *Run) serves() bool { return r.stage >= Loading }

// Reaches reports whether fn may run.
func (r *Run) Reaches(fn *ssa.Function) bool { return r.funcs[fn] }

// Effects returns what the code sets and reads.
func (r *Run) Effects() []Effect { return r.effects }

// Sets reports whether the code sets q.
func (r *Run) Sets(q Path) bool {
	return slices.ContainsFunc(r.byRoot[q.Root], func(e Effect) bool { return e.Sets(q) })
}

// Reads reports whether the code reads what the write w sets.
func (r *Run) Reads(w Effect) bool {
	return slices.ContainsFunc(r.byRoot[w.Root], func(e Effect) bool { return e.Reads(w) })
}

// Calls reports whether the code uses the Call of a dispatch.Func.
func (r *Run) Calls() bool {
	for _, fn := range r.order {
		for instr := range r.instructions(fn) {
			switch instr := instr.(type) {
			case *ssa.FieldAddr:
				if isCall(instr.X.Type(), instr.Field) {
					return true
				}
			case *ssa.Field:
				if isCall(instr.X.Type(), instr.Field) {
					return true
				}
			}
		}
	}
	return false
}

// functionsOf returns the functions that v may be: a function, or what a constructor of
// functions returns.
func functionsOf(v ssa.Value) []*ssa.Function {
	if fn := functionValue(v); fn != nil {
		return []*ssa.Function{fn}
	}
	call, ok := v.(*ssa.Call)
	if !ok || call.Call.StaticCallee() == nil {
		return nil
	}
	var out []*ssa.Function
	for _, b := range call.Call.StaticCallee().Blocks {
		if ret, ok := b.Instrs[len(b.Instrs)-1].(*ssa.Return); ok && len(ret.Results) == 1 {
			if fn := functionValue(ret.Results[0]); fn != nil {
				out = append(out, fn)
			}
		}
	}
	return out
}

func isCall(t types.Type, field int) bool {
	return dispatchapi.IsFunc(deref(t)) && fieldName(t, field) == "."+dispatchapi.Call
}

// OnStart returns the functions that the code passes to dispatch.OnStart.
func (r *Run) OnStart() []*ssa.Function {
	var out []*ssa.Function
	for _, fn := range r.order {
		for instr := range r.instructions(fn) {
			call, ok := instr.(*ssa.Call)
			if ok && fullName(&call.Call) == dispatchapi.Path+"."+dispatchapi.OnStart {
				out = append(out, functionsOf(call.Call.Args[0])...)
			}
		}
	}
	return out
}

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

// visit reaches what an instruction may run.
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
		if r.stage != Serving && fullName(call.Common()) == dispatchapi.Path+"."+dispatchapi.OnStart {
			return
		}
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
	if r.inInit && !passedOn && len(d.sites) == 0 {
		r.onParse = append(r.onParse, fn)
		return
	}
	r.reach(fn)
}

// dynamic has what is known of the values of one function type.
type dynamic struct {
	values []*ssa.Function
	sites  []ssa.CallInstruction // that call such a value
}

// dynamicOf returns what is known of values with a signature.
func (r *Run) dynamicOf(sig *types.Signature) *dynamic {
	key := types.NewSignatureType(nil, nil, nil, sig.Params(), sig.Results(), sig.Variadic())
	d, ok := r.dynamic.At(key).(*dynamic)
	if !ok {
		d = new(dynamic)
		r.dynamic.Set(key, d)
	}
	return d
}

// Library returns the functions without source that the code calls, by import path and
// name; a method is .Name. For each it has the constant strings that are given as first
// argument, or none if one is not constant.
func (r *Run) Library() map[string]map[string][]string {
	out := make(map[string]map[string][]string)
	for _, fn := range r.order {
		for instr := range r.instructions(fn) {
			call, ok := instr.(ssa.CallInstruction)
			if !ok {
				continue
			}
			obj := calleeObject(call.Common())
			if obj == nil || obj.Pkg() == nil || r.p.packages[obj.Pkg().Path()] != nil {
				continue
			}
			path, name := obj.Pkg().Path(), obj.Name()
			if obj.Signature().Recv() != nil {
				name = "." + name
			}
			if out[path] == nil {
				out[path] = make(map[string][]string)
			}
			out[path][name] = append(out[path][name], r.firstTexts(call.Common())...)
		}
	}
	return out
}

func (r *Run) firstTexts(call *ssa.CallCommon) []string {
	if len(call.Args) == 0 || call.IsInvoke() {
		return nil
	}
	return r.texts(call.Args[0], 0)
}

// call reaches the functions that a call may run.
func (r *Run) call(site ssa.CallInstruction) {
	call := site.Common()
	if call.IsInvoke() {
		r.invokes[call.Method] = append(r.invokes[call.Method], site)
		r.types.Iterate(func(t types.Type, _ any) { r.invoke(t, site) })
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

// invoke reaches the method of a type that a call through an interface may run.
func (r *Run) invoke(t types.Type, site ssa.CallInstruction) {
	call := site.Common()
	iface, ok := call.Value.Type().Underlying().(*types.Interface)
	if !ok || !types.Implements(t, iface) {
		return
	}
	if fn := r.method(t, call.Method); fn != nil {
		r.sites[fn] = append(r.sites[fn], site)
		r.reach(fn)
	}
}

// method returns the method of type t with the name of m, or nil.
func (r *Run) method(t types.Type, m *types.Func) *ssa.Function {
	sel := r.p.ssa.MethodSets.MethodSet(t).Lookup(m.Pkg(), m.Name())
	if sel == nil {
		return nil
	}
	return r.p.ssa.MethodValue(sel)
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
		for _, sites := range r.invokes {
			for _, site := range sites {
				r.invoke(t, site)
			}
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
// declares it, and those that are found by reflection or by another interface.
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
