package flow

import (
	"fmt"
	"go/constant"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ssa"
)

// A Harm is a path that was never set, and whose zero value makes code fail or work
// otherwise.
type Harm struct {
	Path
	Type types.Type // of the value at the path
}

// Harmed executes root abstractly in a process that has not set the paths for which unset
// returns true. It returns the first harm that this does, or nil. A guard that copes with
// the zero value does no harm, such as one that fills in a default or skips a hook. A
// guard that returns an error does.
func (r *Run) Harmed(root *ssa.Function, unset func(Path) bool) *Harm {
	x := &execution{Run: r, unset: unset, memo: make(map[string]*outcome), budget: 4000}
	out := x.execute(root, make([]fact, len(root.Params)), nil, 0)
	if out.harm == nil {
		for _, f := range out.results {
			if f.failed {
				return f.harm()
			}
		}
	}
	return out.harm
}

// A fact is the knowledge of one value. The zero fact says that nothing is.
type fact struct {
	zero   bool           // the zero value of its type
	value  constant.Value // of a constant of a basic type; nil for others
	boxed  bool           // an interface that holds the zero value
	from   Path           // the unset path that it comes from, if any
	typ    types.Type     // of the value at that path
	choice bool           // a condition that decides between two ways of working
	failed bool           // an error that only an unset path causes
	length bool           // the length of an empty list
}

func (f fact) known() bool   { return f.zero || f.value != nil }
func (f fact) tainted() bool { return f.typ != nil }

func (f fact) harm() *Harm { return &Harm{f.from, f.typ} }

// key tells facts apart.
func (f fact) key() string {
	if !f.tainted() && !f.known() {
		return "-"
	}
	text := f.from.Root + f.from.Sub
	if f.value != nil {
		text += "=" + f.value.ExactString()
	}
	if f.boxed {
		text += "!"
	}
	return text
}

// join returns the fact of a value that may have either fact.
func join(a, b fact) fact {
	if a.failed || b.failed {
		if !a.failed {
			a = b
		}
		return fact{failed: true, from: a.from, typ: a.typ}
	}
	if a.key() == b.key() && a.zero == b.zero {
		return a
	}
	return fact{}
}

// An outcome is the result of executing a function.
type outcome struct {
	results []fact
	sets    bool // it may set one of the paths
	harm    *Harm
}

// An execution executes functions with unset paths.
type execution struct {
	*Run
	unset  func(Path) bool
	memo   map[string]*outcome
	budget int
}

// sets reports whether an instruction may set one of the unset paths.
func (x *execution) sets(instr ssa.Instruction) bool {
	return slices.ContainsFunc(x.writes[instr], x.unset)
}

// maxCalls limits the depth of calls.
const maxCalls = 40

// execute executes fn with facts about its parameters and free variables.
func (x *execution) execute(fn *ssa.Function, args, free []fact, depth int) *outcome {
	key := fmt.Sprintf("%p", fn)
	for _, f := range slices.Concat(args, free) {
		key += "|" + f.key()
	}
	if out := x.memo[key]; out != nil {
		return out
	}
	out := &outcome{results: make([]fact, fn.Signature.Results().Len())}
	x.memo[key] = out // while fn is executed, a recursive call does nothing
	if x.budget--; x.budget < 0 || depth > maxCalls || fn.Blocks == nil {
		return out
	}
	f := &frame{execution: x, fn: fn, depth: depth, out: out,
		facts:   make(map[ssa.Value]fact),
		tuples:  make(map[ssa.Value][]fact),
		edges:   make(map[[2]*ssa.BasicBlock]bool),
		set:     make(map[*ssa.BasicBlock]bool),
		zeroed:  make(map[*ssa.BasicBlock]fact),
		setters: make(map[*ssa.BasicBlock]bool),
	}
	for i, p := range fn.Params {
		if i < len(args) {
			f.facts[p] = args[i]
		}
	}
	for i, v := range fn.FreeVars {
		if i < len(free) {
			f.facts[v] = free[i]
		}
	}
	f.run()
	return out
}
