package flow

import (
	"go/token"
	"go/types"
	"regexp"
	"slices"
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
			sets = f.enter(fn, nil, nil) || sets
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
		out := f.execute(fn, args, nil, f.depth+1)
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

func isError(t types.Type) bool { return types.Identical(t, types.Universe.Lookup("error").Type()) }

// enter executes a function that is used as a value, which may run here.
func (f *frame) enter(fn *ssa.Function, args, free []fact) (sets bool) {
	if args == nil {
		args = make([]fact, len(fn.Params))
	}
	out := f.execute(fn, args, free, f.depth+1)
	if f.final && f.out.harm == nil {
		if f.out.harm = out.harm; out.harm == nil {
			for _, r := range out.results {
				if r.failed {
					f.hurt(r)
				}
			}
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
	free := make([]fact, len(c.Bindings))
	for i, v := range c.Bindings {
		free[i] = f.fact(v)
	}
	return f.enter(fn, nil, free)
}

// library returns the results of a function without source whose results depend on what
// is set.
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
	switch v := v.(type) {
	case *ssa.Alloc:
		return true
	case *ssa.FreeVar:
		_ = v
		return true
	}
	return false
}

// isVariadic reports whether v is the place of a variadic argument: the call decides what
// becomes of it.
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
	if v.Referrers() != nil && len(*v.Referrers()) > 0 && !slices.ContainsFunc(*v.Referrers(), func(use ssa.Instruction) bool { _, ok := use.(*ssa.Store); return !ok }) {
		return // a sum that starts at zero
	}
	f.use(v.X)
	f.use(v.Y)
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

// quietNames are the names of switches that make a process tell more.
var quietNames = regexp.MustCompile(`(?i)debug|verbose|trace|quiet|silent|colou?r|pretty`)

// differ reports whether a condition decides what work is done: what runs on one side
// only is more than logging.
func (f *frame) differ(b, taken, other *ssa.BasicBlock) bool {
	cond := f.fact(b.Instrs[len(b.Instrs)-1].(*ssa.If).Cond)
	if quietNames.MatchString(cond.from.String()) {
		return false
	}
	fromTaken, fromOther := reachable(taken), reachable(other)
	for _, side := range []struct{ from, not map[*ssa.BasicBlock]bool }{{fromTaken, fromOther}, {fromOther, fromTaken}} {
		for block := range side.from {
			if !side.not[block] && !f.quiet(block) {
				return true
			}
		}
	}
	for block := range fromTaken {
		if fromOther[block] && chooses(block, b, fromTaken, fromOther) {
			return true
		}
	}
	return false
}

// reachable returns the blocks that may run after b starts.
func reachable(b *ssa.BasicBlock) map[*ssa.BasicBlock]bool {
	seen := map[*ssa.BasicBlock]bool{b: true}
	todo := []*ssa.BasicBlock{b}
	for len(todo) > 0 {
		b := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, s := range b.Succs {
			if !seen[s] {
				seen[s] = true
				todo = append(todo, s)
			}
		}
	}
	return seen
}

// chooses reports whether a variable has another value in block if one side of the
// branch in b has run.
func chooses(block, b *ssa.BasicBlock, x, y map[*ssa.BasicBlock]bool) bool {
	for _, instr := range block.Instrs {
		phi, ok := instr.(*ssa.Phi)
		if !ok {
			return false
		}
		var sides []ssa.Value
		for i, pred := range block.Preds {
			if pred == b || x[pred] != y[pred] {
				sides = append(sides, phi.Edges[i])
			}
		}
		if len(sides) > 1 && slices.ContainsFunc(sides, func(v ssa.Value) bool { return v != sides[0] }) && !isError(phi.Type()) {
			return true
		}
	}
	return false
}

// quiet reports whether a block does no work: it computes, logs or returns.
func (f *frame) quiet(b *ssa.BasicBlock) bool {
	for _, instr := range b.Instrs {
		switch instr := instr.(type) {
		case *ssa.MapUpdate, *ssa.Send, *ssa.Go, *ssa.Defer, *ssa.Panic, *ssa.Select:
			return false
		case *ssa.Store:
			if _, ok := instr.Addr.(*ssa.Global); ok {
				return false
			}
		case *ssa.Return:
			for _, v := range instr.Results {
				if !isConst(v) || !isError(v.Type()) {
					return false
				}
			}
		case *ssa.Call:
			if !f.quietCall(instr, 0) {
				return false
			}
		}
	}
	return true
}

// quietCall reports whether a call only computes or logs.
func (f *frame) quietCall(call *ssa.Call, depth int) bool {
	if _, ok := call.Call.Value.(*ssa.Builtin); ok {
		return true
	}
	if fn := call.Call.StaticCallee(); fn != nil && fn.Blocks != nil {
		return f.quietFunction(fn, depth)
	}
	obj := calleeObject(&call.Call)
	if obj == nil || obj.Pkg() == nil || slices.ContainsFunc(call.Call.Args, func(v ssa.Value) bool { return functionValue(v) != nil }) {
		return false
	}
	if recv := obj.Signature().Recv(); recv != nil && strings.Contains(strings.ToLower(types.TypeString(recv.Type(), nil)), "logger") {
		return true
	}
	switch obj.Pkg().Path() {
	case "strings", "strconv", "bytes", "unicode", "time", "errors", "math", "slices", "maps", "path", "path/filepath", "cmp", "runtime", "sync", "sync/atomic":
		return obj.Name() != "Sleep"
	}
	return isLogging(obj) || isToStderr(&call.Call) || strings.HasPrefix(obj.Name(), "Sprint") || strings.HasPrefix(obj.Name(), "Errorf")
}

// quietFunction reports whether a function only computes or logs.
func (f *frame) quietFunction(fn *ssa.Function, depth int) bool {
	if depth > 3 {
		return false
	}
	for _, b := range fn.Blocks {
		for _, instr := range b.Instrs {
			switch instr := instr.(type) {
			case *ssa.MapUpdate, *ssa.Send, *ssa.Go:
				return false
			case *ssa.Call:
				if !f.quietCall(instr, depth+1) {
					return false
				}
			}
		}
	}
	return true
}
