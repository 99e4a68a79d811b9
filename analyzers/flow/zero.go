package flow

import (
	"fmt"
	"go/constant"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// A Harm is a place where code works otherwise, or fails, because a path was never set.
type Harm struct {
	Path
	Type types.Type // of the value at the path
	Fn   *ssa.Function
}

// Harmed executes root abstractly in a process in which nothing has set the paths for
// which unset returns true, and returns the first place that the zero value breaks, or
// nil. A guard that copes with the zero value, such as one that fills in a default or
// skips a hook, breaks nothing. A guard that returns an error does.
func (r *Run) Harmed(root *ssa.Function, unset func(Path) bool) *Harm {
	x := &execution{Run: r, unset: unset, memo: make(map[string]*outcome), budget: 4000, writes: make(map[ssa.Instruction][]Path)}
	for _, e := range r.effects {
		if e.Write {
			x.writes[e.Instr] = append(x.writes[e.Instr], e.Path)
		}
	}
	out := x.execute(root, make([]fact, len(root.Params)), nil, 0)
	if out.harm == nil {
		for _, f := range out.results {
			if f.failed {
				return f.harm(root)
			}
		}
	}
	return out.harm
}

// A fact is what is known of a value. The zero fact says that nothing is.
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

func (f fact) harm(fn *ssa.Function) *Harm { return &Harm{f.from, f.typ, fn} }

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

// join returns what is known of a value that is one of two.
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

// An outcome is what the execution of a function leads to.
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
	writes map[ssa.Instruction][]Path
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

// A frame is the execution of one function.
type frame struct {
	*execution
	fn      *ssa.Function
	depth   int
	out     *outcome
	facts   map[ssa.Value]fact // a value that has none was not yet executed
	tuples  map[ssa.Value][]fact
	edges   map[[2]*ssa.BasicBlock]bool // those that may be taken
	set     map[*ssa.BasicBlock]bool    // a path may be set at the start of the block
	zeroed  map[*ssa.BasicBlock]fact    // blocks that run because a path is unset
	decided fact                        // the condition of such a branch
	setters map[*ssa.BasicBlock]bool    // blocks in which a path may be set first
	change  bool
	final   bool // facts are complete, and harm counts

	returned bool // the results are those of a return
}

// run executes the blocks until nothing changes, and then once more to look for harm.
func (f *frame) run() {
	for range 20 {
		f.change = false
		f.pass()
		if !f.change {
			break
		}
	}
	f.final = true
	f.pass()
	f.conclude()
}

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

// executed reports whether the execution enters b.
func (f *frame) executed(b *ssa.BasicBlock) bool {
	return b.Index == 0 || slices.ContainsFunc(b.Preds, func(p *ssa.BasicBlock) bool { return f.edges[[2]*ssa.BasicBlock{p, b}] })
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

func (f *frame) pass() {
	for _, b := range f.fn.Blocks {
		if f.executed(b) {
			f.block(b)
		}
	}
}

// block executes a block.
func (f *frame) block(b *ssa.BasicBlock) {
	set := f.set[b]
	for _, instr := range b.Instrs {
		if f.final && !set {
			f.inspect(b, instr)
		}
		set = f.step(b, instr, set) || set
		if f.sets(instr) {
			set = true
		}
	}
	succs := b.Succs
	if cond, ok := b.Instrs[len(b.Instrs)-1].(*ssa.If); ok {
		if c := f.fact(cond.Cond); c.known() && !set {
			taken, other := b.Succs[1], b.Succs[0]
			if truth(c) {
				taken, other = other, taken
			}
			if c.tainted() {
				f.decided = c
				if f.onlyFrom(taken, b) && avoids(other, taken) {
					f.markZeroed(taken, c)
				}
			}
			if f.final && c.tainted() && c.choice && !f.setsAfter(b) && f.differ(b, taken, other) {
				f.hurt(c)
			}
			succs = []*ssa.BasicBlock{taken}
		}
	}
	if set && !f.set[b] {
		f.setters[b] = true
	}
	if set && len(b.Succs) == 0 {
		f.out.sets = true
	}
	for _, s := range succs {
		edge := [2]*ssa.BasicBlock{b, s}
		if !f.edges[edge] || set && !f.set[s] {
			f.edges[edge], f.change = true, true
			f.set[s] = f.set[s] || set
		}
	}
}

// onlyFrom reports whether b is the only block from which the execution enters to.
func (f *frame) onlyFrom(to, b *ssa.BasicBlock) bool {
	return !slices.ContainsFunc(to.Preds, func(p *ssa.BasicBlock) bool { return p != b && f.edges[[2]*ssa.BasicBlock{p, to}] })
}

// avoids reports whether the function may end after b without entering not.
func avoids(b, not *ssa.BasicBlock) bool {
	seen := map[*ssa.BasicBlock]bool{not: true}
	for todo := []*ssa.BasicBlock{b}; len(todo) > 0; {
		b := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if seen[b] {
			continue
		}
		seen[b] = true
		if len(b.Succs) == 0 {
			return true
		}
		todo = append(todo, b.Succs...)
	}
	return false
}

// setsAfter reports whether the function itself may set a path in or after block b, as a
// cache that fills itself does.
func (f *frame) setsAfter(b *ssa.BasicBlock) bool {
	for after := range reachable(b) {
		if f.setters[after] {
			return true
		}
	}
	return false
}

// truth returns the value of a known condition.
func truth(f fact) bool { return f.value != nil && constant.BoolVal(f.value) }

// markZeroed marks the blocks that run only because the condition c has its value.
func (f *frame) markZeroed(b *ssa.BasicBlock, c fact) {
	if _, ok := f.zeroed[b]; ok {
		return
	}
	f.zeroed[b], f.change = c, true
	for _, d := range b.Dominees() {
		f.markZeroed(d, c)
	}
}

// hurt records a harm.
func (f *frame) hurt(by fact) {
	if f.final && f.out.harm == nil {
		f.out.harm = by.harm(f.fn)
	}
}

// fact returns what is known of v.
func (f *frame) fact(v ssa.Value) fact {
	if c, ok := v.(*ssa.Const); ok {
		if c.Value == nil {
			return fact{zero: true}
		}
		return fact{value: c.Value, zero: isZero(c)}
	}
	return f.facts[v]
}

func (f *frame) learn(v ssa.Value, known fact) {
	old, ok := f.facts[v]
	if ok {
		if old == known || old == (fact{}) {
			return
		}
		known = join(old, known)
	}
	if !ok || old != known {
		f.facts[v], f.change = known, true
	}
}

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

// step learns the facts of what an instruction computes. It reports whether a called
// function may set a path.
func (f *frame) step(b *ssa.BasicBlock, instr ssa.Instruction, set bool) (sets bool) {
	switch instr := instr.(type) {
	case *ssa.Return:
		f.returns(b, instr, set)
	case *ssa.Store:
		if alloc, ok := instr.Addr.(*ssa.Alloc); ok && stores1(alloc) {
			f.learn(alloc, f.fact(instr.Val)) // a variable stands for its only value
		}
	case ssa.CallInstruction:
		return f.call(instr, set)
	case *ssa.MakeClosure:
		sets = f.closure(instr, set)
		f.learn(instr, fact{})
	case ssa.Value:
		f.learn(instr, f.compute(b, instr, set))
	}
	return sets
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

// stores1 reports whether a local variable is stored only once and read otherwise.
func stores1(alloc *ssa.Alloc) bool {
	n := 0
	for _, ref := range *alloc.Referrers() {
		switch ref.(type) {
		case *ssa.Store:
			n++
		case *ssa.UnOp, *ssa.MakeClosure, *ssa.DebugRef:
		default:
			return false
		}
	}
	return n == 1
}

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
			if stores1(x) {
				return f.fact(x)
			}
		case *ssa.FreeVar:
			if known := f.facts[x]; known.known() || known.tainted() {
				return known
			}
		}
		return f.unsetAt(v.Type(), f.load(v), set)
	}
	return fact{}
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
		parts = append(parts, o.part("[]", false))
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

// returns adds what fn returns to its outcome.
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
	if !types.Identical(v.Type(), types.Universe.Lookup("error").Type()) {
		return false
	}
	switch v := v.(type) {
	case *ssa.MakeInterface:
		return true
	case *ssa.ChangeInterface:
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
