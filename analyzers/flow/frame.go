package flow

import (
	"go/constant"
	"slices"

	"golang.org/x/tools/go/ssa"
)

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

// executed reports whether the execution enters b.
func (f *frame) executed(b *ssa.BasicBlock) bool {
	return b.Index == 0 || slices.ContainsFunc(b.Preds, func(p *ssa.BasicBlock) bool { return f.edges[[2]*ssa.BasicBlock{p, b}] })
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
			if f.final && c.tainted() && c.choice && !f.setsAfter(b) && !f.onlyFails(other) && f.differ(b, taken, other) {
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
		f.out.harm = by.harm()
	}
}

// fact returns the fact of v.
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

// step learns the facts of the results of an instruction. It reports whether a called
// function may set a path.
func (f *frame) step(b *ssa.BasicBlock, instr ssa.Instruction, set bool) (sets bool) {
	switch instr := instr.(type) {
	case *ssa.Alloc: // its stores tell
	case *ssa.Return:
		f.returns(b, instr, set)
	case *ssa.Store:
		if alloc, ok := instr.Addr.(*ssa.Alloc); ok && isVariable(alloc) {
			f.learn(alloc, f.fact(instr.Val)) // a variable stands for its value
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
