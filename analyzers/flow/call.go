package flow

import (
	"go/types"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// call executes a call. It reports whether the called function may set a path.
func (f *frame) call(site ssa.CallInstruction, set bool) (sets bool) {
	call := site.Common()
	v := site.Value() // nil for go and defer statements
	learn := func(results []fact) {
		switch {
		case v == nil || len(results) == 0:
		case len(results) == 1:
			f.learn(v, results[0])
		default:
			f.tuples[v] = results
			f.learn(v, fact{})
		}
	}
	n := call.Signature().Results().Len()
	if set {
		learn(make([]fact, n))
		return false
	}
	for _, arg := range call.Args {
		if fn, ok := arg.(*ssa.Function); ok && !f.p.isRegistered(f.p.unwrapped(fn)) {
			sets = f.enter(fn, nil) || sets
		}
	}
	if results, ok := f.library(call); ok {
		learn(results)
		return sets
	}
	var args []fact
	if call.IsInvoke() {
		args = append(args, f.fact(call.Value))
	}
	for _, arg := range call.Args {
		args = append(args, f.fact(arg))
	}
	targets := f.targets(site)
	if call.StaticCallee() == nil && !call.IsInvoke() && len(targets) > 1 {
		targets = nil // it is not known which one this is
	}
	results := make([]fact, n)
	for i, fn := range targets {
		if call.IsInvoke() {
			args[0] = fact{}
		}
		out := f.execute(fn, args, f.captured(call.Value), f.depth+1)
		if f.final && f.out.harm == nil {
			f.out.harm = out.harm
		}
		sets = sets || out.sets
		for j := range results {
			if known := out.results[j]; i == 0 {
				results[j] = known
			} else {
				results[j] = join(results[j], known)
			}
		}
	}
	if len(targets) == 0 {
		if by, ok := f.carriesFailure(call); ok && n == 1 && isError(call.Signature().Results().At(0).Type()) {
			results[0] = fact{failed: true, from: by.from, typ: by.typ}
		}
	}
	learn(results)
	return sets
}

// enter executes a function that is used as a value, with facts about its free variables.
// It may run here, with any arguments, and its error may end the work.
func (f *frame) enter(fn *ssa.Function, free []fact) (sets bool) {
	out := f.execute(fn, make([]fact, len(fn.Params)), free, f.depth+1)
	if f.final && f.out.harm == nil {
		f.out.harm = out.harm
	}
	for _, r := range out.results {
		if r.failed {
			f.hurt(r)
		}
	}
	return out.sets
}

// closure executes a function literal where it is made.
func (f *frame) closure(c *ssa.MakeClosure, set bool) (sets bool) {
	fn := c.Fn.(*ssa.Function)
	if set || f.p.isRegistered(f.p.unwrapped(fn)) {
		return false
	}
	return f.enter(fn, f.captured(c))
}

// captured returns the facts about the variables that v captures, if it is a function
// literal.
func (f *frame) captured(v ssa.Value) []fact {
	c, ok := v.(*ssa.MakeClosure)
	if !ok {
		return nil
	}
	free := make([]fact, len(c.Bindings))
	for i, v := range c.Bindings {
		free[i] = f.fact(v)
	}
	return free
}

// library returns the results of a function without source that looks at a path, such as
// os.Getenv.
func (f *frame) library(call *ssa.CallCommon) ([]fact, bool) {
	if b, ok := call.Value.(*ssa.Builtin); ok {
		if b.Name() == "len" {
			if x := f.elements(call.Args[0], false); x.zero {
				out := zeroOf(types.Typ[types.Int], x)
				out.length = true
				return []fact{out}, true
			}
		}
		return make([]fact, call.Signature().Results().Len()), true
	}
	name := fullName(call)
	var paths []Path
	switch {
	case isGetenv(name):
		paths = f.environment(name, call.Args[0])
	case name == "(context.Context).Value":
		paths = f.keys(call.Args[0], 0)
	default:
		part, ok := loads[name]
		if !ok || strings.Contains(name, "LoadOr") {
			return nil, false
		}
		for _, o := range f.of(receiver(call)) {
			paths = append(paths, o.Path.add(part))
		}
	}
	results := make([]fact, call.Signature().Results().Len())
	for _, p := range paths {
		if f.unset(p) && len(results) > 0 {
			t := call.Signature().Results().At(0).Type()
			results[0] = zeroOf(t, fact{from: p, typ: t})
			results[0].choice = isBool(t)
			if len(results) > 1 {
				results[1] = zeroOf(types.Typ[types.Bool], results[0])
			}
			break
		}
	}
	return results, true
}

// elementsOf returns the elements of a list of variadic arguments, or v itself.
func elementsOf(v ssa.Value) []ssa.Value {
	s, ok := v.(*ssa.Slice)
	if !ok {
		return []ssa.Value{v}
	}
	alloc, ok := s.X.(*ssa.Alloc)
	if !ok {
		return []ssa.Value{v}
	}
	var out []ssa.Value
	for _, ref := range *alloc.Referrers() {
		if index, ok := ref.(*ssa.IndexAddr); ok {
			for _, use := range *index.Referrers() {
				if store, ok := use.(*ssa.Store); ok && store.Addr == index {
					out = append(out, store.Val)
				}
			}
		}
	}
	return out
}
