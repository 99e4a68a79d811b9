package flow

import (
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ssa"
)

// inspect records the harm of an instruction that uses the zero value of a path.
func (f *frame) inspect(b *ssa.BasicBlock, instr ssa.Instruction) {
	hurtIf := func(v ssa.Value) {
		if known := f.fact(v); known.tainted() && known.zero {
			f.hurt(known)
		}
	}
	switch instr := instr.(type) {
	case *ssa.FieldAddr:
		hurtIf(instr.X)
	case *ssa.IndexAddr:
		hurtIf(instr.X)
	case *ssa.UnOp:
		if instr.Op == token.MUL && !isCell(instr.X) || instr.Op == token.ARROW || instr.Op == token.SUB {
			hurtIf(instr.X)
		}
	case *ssa.Lookup:
		f.use(instr.Index)
	case *ssa.MapUpdate:
		hurtIf(instr.Map)
		f.use(instr.Key)
		f.use(instr.Value)
	case *ssa.Send:
		hurtIf(instr.Chan)
		f.use(instr.X)
	case *ssa.TypeAssert:
		if !instr.CommaOk {
			hurtIf(instr.X)
		}
	case *ssa.Panic:
		if by, ok := f.zeroed[b]; ok {
			f.hurt(by)
		}
	case *ssa.Store:
		if !isCell(instr.Addr) && !isVariadic(instr.Addr) {
			hurtIf(instr.Addr)
			f.use(instr.Val)
		}
	case *ssa.BinOp:
		f.inspectBinary(instr)
	case ssa.CallInstruction:
		f.inspectCall(b, instr)
	}
}

// isCell reports whether v is a local variable.
func isCell(v ssa.Value) bool {
	switch v.(type) {
	case *ssa.Alloc, *ssa.FreeVar:
		return true
	}
	return false
}

// isVariadic reports whether v is the place of a variadic argument. The call decides its
// use.
func isVariadic(v ssa.Value) bool {
	index, ok := v.(*ssa.IndexAddr)
	if !ok {
		return false
	}
	alloc, ok := index.X.(*ssa.Alloc)
	return ok && alloc.Comment == "varargs"
}

// use records the harm of a use of v that the model does not follow.
func (f *frame) use(v ssa.Value) {
	if known := f.fact(v); known.tainted() && (known.zero || known.boxed) && !known.length {
		f.hurt(known)
	}
}

func (f *frame) inspectBinary(v *ssa.BinOp) {
	switch v.Op {
	case token.EQL, token.NEQ:
		return
	case token.LSS, token.LEQ, token.GTR, token.GEQ:
		if f.fact(v).known() {
			return // the branch decides
		}
	}
	if isOnlyStored(v) {
		return // a sum that starts at zero
	}
	f.use(v.X)
	f.use(v.Y)
}

// isOnlyStored reports whether the result of v is stored, and used in no other way.
func isOnlyStored(v *ssa.BinOp) bool {
	uses := *v.Referrers()
	return len(uses) > 0 && !slices.ContainsFunc(uses, func(use ssa.Instruction) bool {
		_, ok := use.(*ssa.Store)
		return !ok
	})
}

// inspectCall records the harm of a call of a function without source.
func (f *frame) inspectCall(b *ssa.BasicBlock, site ssa.CallInstruction) {
	call := site.Common()
	if known := f.fact(call.Value); known.tainted() && known.zero {
		f.hurt(known) // a nil function, or a method of a nil interface
		return
	}
	obj := calleeObject(call)
	if by, ok := f.zeroed[b]; ok && obj != nil && neverReturns(obj) {
		f.hurt(by)
		return
	}
	if targets := f.targets(site); len(targets) > 0 {
		f.inspectVariadic(call, targets)
		return
	}
	if _, ok := call.Value.(*ssa.Builtin); ok || obj == nil || isHarmless(obj) || f.setsAfter(b) && isQuestion(obj) {
		return
	}
	if _, ok := f.library(call); ok {
		return
	}
	for i, arg := range call.Args {
		if i == 0 && obj.Signature().Recv() != nil && !call.IsInvoke() {
			if known := f.fact(arg); known.tainted() && known.zero {
				f.hurt(known)
			}
			continue
		}
		if isLogging(obj) || isToStderr(call) {
			continue
		}
		for _, v := range elementsOf(arg) {
			f.use(v)
		}
	}
}

// isQuestion reports whether a function only returns a bool, as time.Time.After does.
func isQuestion(fn *types.Func) bool {
	results := fn.Signature().Results()
	return results.Len() == 1 && isBool(results.At(0).Type())
}

// inspectVariadic records the harm of zero values in variadic arguments of functions with
// source, unless these only log.
func (f *frame) inspectVariadic(call *ssa.CallCommon, targets []*ssa.Function) {
	if slices.ContainsFunc(targets, func(fn *ssa.Function) bool { return f.quietFunction(fn, 0) }) {
		return
	}
	for _, arg := range call.Args {
		for _, v := range elementsOf(arg) {
			if v != arg {
				f.use(v)
			}
		}
	}
}

// isHarmless reports whether a function copes with zero values in its arguments.
func isHarmless(fn *types.Func) bool {
	if fn.Pkg() == nil {
		return false
	}
	switch fn.Pkg().Path() + "." + fn.Name() {
	case "cmp.Or", "errors.Is", "errors.As", "errors.Join", "reflect.ValueOf", "reflect.TypeOf":
		return true
	}
	return false
}
