package flow

import (
	"go/types"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// copes reports whether the branch that leads to b, where the function gives up, may also
// set the path and go on.
func (f *frame) copes(b *ssa.BasicBlock) bool {
	for top := b; ; top = top.Idom() {
		if _, ok := f.zeroed[top.Idom()]; !ok || top.Idom() == nil {
			return f.setsAfter(top)
		}
	}
}

// conclude notes a failure that no single branch causes: every way through the function
// that is left fails, and a way that an unset path rules out does not.
func (f *frame) conclude() {
	if !f.decided.tainted() || f.out.harm != nil || f.out.sets {
		return
	}
	other := false
	for _, b := range f.fn.Blocks {
		fails, ends := f.fails(b)
		switch executed := f.executed(b); {
		case !ends:
		case executed && !fails:
			return
		case !executed && !fails:
			other = true
		}
	}
	if !other {
		return
	}
	n := len(f.out.results)
	if f.returned && n > 0 && isError(f.fn.Signature.Results().At(n-1).Type()) {
		f.out.results[n-1] = fact{failed: true, from: f.decided.from, typ: f.decided.typ}
	} else if !f.returned {
		f.hurt(f.decided)
	}
}

// fails reports whether b ends the function, and whether it does so by a panic, by the end
// of the process or by a new error.
func (f *frame) fails(b *ssa.BasicBlock) (fails, ends bool) {
	switch last := b.Instrs[len(b.Instrs)-1].(type) {
	case *ssa.Panic:
		return true, true
	case *ssa.Return:
		n := len(last.Results)
		return n > 0 && f.isNewError(localValue(last.Results[n-1])), true
	}
	return false, len(b.Succs) == 0
}

// onlyFails reports whether the function fails once it enters b.
func (f *frame) onlyFails(b *ssa.BasicBlock) bool {
	for end := range reachable(b) {
		if fails, ends := f.fails(end); ends && !fails {
			return false
		}
	}
	return true
}

// returns adds the results of fn to its outcome.
func (f *frame) returns(b *ssa.BasicBlock, ret *ssa.Return, set bool) {
	if !f.final {
		return
	}
	for i, v := range ret.Results {
		v = localValue(v)
		known := f.fact(v)
		if by, ok := f.zeroed[b]; ok && !set && !f.copes(b) && f.isNewError(v) {
			known = fact{failed: true, from: by.from, typ: by.typ}
		}
		if set && !known.failed {
			known = fact{}
		}
		if f.returned {
			known = join(f.out.results[i], known)
		}
		f.out.results[i] = known
	}
	f.returned = true
}

// isNewError reports whether v is an error that exists whatever is set: one that is
// made here, or an error variable.
func (f *frame) isNewError(v ssa.Value) bool {
	if !isError(v.Type()) {
		return false
	}
	switch v := v.(type) {
	case *ssa.MakeInterface, *ssa.ChangeInterface:
		return true
	case *ssa.UnOp:
		g, ok := v.X.(*ssa.Global)
		return ok && strings.HasPrefix(strings.ToLower(g.Name()), "err")
	case *ssa.Call:
		return f.makesError(&v.Call)
	}
	return false
}

// makesError reports whether a call, such as of fmt.Errorf, always returns an error.
func (f *frame) makesError(call *ssa.CallCommon) bool {
	if fn := call.StaticCallee(); fn != nil && fn.Blocks != nil {
		for _, b := range fn.Blocks {
			ret, ok := b.Instrs[len(b.Instrs)-1].(*ssa.Return)
			if ok && (len(ret.Results) != 1 || !f.isNewError(localValue(ret.Results[0]))) {
				return false
			}
		}
		return true
	}
	obj := calleeObject(call)
	if obj == nil || obj.Pkg() == nil || obj.Signature().Results().Len() != 1 {
		return false
	}
	for i := range obj.Signature().Params().Len() {
		if types.TypeString(obj.Signature().Params().At(i).Type(), nil) == "context.Context" {
			return false // it does something that may succeed
		}
	}
	name := strings.ToLower(obj.Name())
	return obj.Pkg().Path() == "errors" || strings.Contains(name, "err") || strings.HasPrefix(name, "new") || strings.HasPrefix(name, "wrap") || name == "permanent"
}

func isError(t types.Type) bool { return types.Identical(t, types.Universe.Lookup("error").Type()) }

// carriesFailure returns the fact of an argument, or of an element of a list of
// arguments, that is an error which only an unset path causes.
func (f *frame) carriesFailure(call *ssa.CallCommon) (fact, bool) {
	for _, arg := range call.Args {
		for _, v := range elementsOf(arg) {
			if known := f.fact(v); known.failed {
				return known, true
			}
		}
	}
	return fact{}, false
}
