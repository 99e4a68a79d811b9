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

	types   typeutil.Map // the types that become interfaces
	listed  []converted  // the same, as they were found
	invokes map[invokedKey]*invoked

	invokeOrder []invokedKey // of invokes, as they were found
	sites       map[*ssa.Function][]ssa.CallInstruction
	calls       map[ssa.CallInstruction][]*ssa.Function // see targets
	dynamic     typeutil.Map                            // a *dynamic for each signature

	parses  bool            // command-line flags
	onParse []*ssa.Function // run for a flag or a command
	inInit  bool            // of a callee: functions that are only kept do not run yet
	origins map[ssa.Value][]origin
	results map[*ssa.Function][][]origin
	dirty   map[*ssa.Function]bool // see trace
	effects []Effect
	byRoot  map[string][]Effect
	writes  map[ssa.Instruction][]Path
}

// Run returns the code that may run in a process that starts with roots. Registered
// functions run only if they are among the roots. In a callee, a function that leads to
// an entrypoint runs only up to where the process serves.
func (p *Program) Run(stage Stage, roots ...*ssa.Function) *Run { return p.run(stage, roots, nil) }

// run is like Run, and gives some values origins of their own.
func (p *Program) run(stage Stage, roots []*ssa.Function, seeds map[ssa.Value][]origin) *Run {
	r := &Run{
		p: p, stage: stage,
		funcs:   make(map[*ssa.Function]bool),
		invokes: make(map[invokedKey]*invoked),
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

// Effects returns the reads and writes of the code.
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

func isCall(t types.Type, field int) bool {
	return dispatchapi.IsFunc(deref(t)) && fieldName(t, field) == "."+dispatchapi.Call
}

func isOnStart(call *ssa.CallCommon) bool {
	fn := calleeObject(call)
	return fn != nil && dispatchapi.Is(fn, dispatchapi.OnStart)
}

// OnStart returns the functions that the code passes to dispatch.OnStart.
func (r *Run) OnStart() []*ssa.Function {
	var out []*ssa.Function
	for _, fn := range r.order {
		for instr := range r.instructions(fn) {
			if call, ok := instr.(*ssa.Call); ok && isOnStart(&call.Call) {
				out = append(out, r.functionsOf(call.Call.Args[0], 0)...)
			}
		}
	}
	return out
}

// isCallee reports whether an instruction calls fn, rather than to mention it.
func isCallee(instr ssa.Instruction, fn *ssa.Function) bool {
	call, ok := instr.(ssa.CallInstruction)
	return ok && call.Common().Value == fn
}

// Library returns the functions without source that the code calls or mentions, by import
// path and name; a method is .Name. For each it has the constant strings that are given as
// first argument, or none if one is not constant.
func (r *Run) Library() map[string]map[string][]string {
	out := make(map[string]map[string][]string)
	add := func(obj *types.Func, texts ...string) {
		if obj == nil || obj.Pkg() == nil || r.p.packages[obj.Pkg().Path()] != nil {
			return
		}
		path, name := obj.Pkg().Path(), obj.Name()
		if obj.Signature().Recv() != nil {
			name = "." + name
		}
		if out[path] == nil {
			out[path] = make(map[string][]string)
		}
		out[path][name] = append(out[path][name], texts...)
	}
	for _, fn := range r.order {
		for instr := range r.instructions(fn) {
			if call, ok := instr.(ssa.CallInstruction); ok {
				add(calleeObject(call.Common()), r.firstTexts(call.Common())...)
			}
			for _, op := range instr.Operands(nil) {
				if fn, ok := (*op).(*ssa.Function); ok && !isCallee(instr, fn) {
					obj, _ := fn.Object().(*types.Func)
					add(obj)
				}
			}
		}
	}
	return out
}
