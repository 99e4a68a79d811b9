package flow

import (
	"go/token"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// argumentRoot is the prefix of the roots of arguments.
const argumentRoot = "argument "

// A LostWrite is a write through an argument that nothing reads afterwards. The argument
// is a copy, so the write is lost when the function returns.
type LostWrite struct {
	Argument string // such as j.Result
	Pos      token.Pos
}

// LostWrites returns the first lost write through each argument of fn but the context. It
// follows calls of functions with source; any other use counts as a read. Setting something
// to its zero value, as to wipe a secret, is not lost.
func (p *Program) LostWrites(fn *ssa.Function) []LostWrite {
	seeds := make(map[ssa.Value][]origin)
	for _, param := range fn.Params[min(1, len(fn.Params)):] {
		seeds[param] = []origin{{Path: Path{Root: argumentRoot + param.Name()}}}
	}
	a := &arguments{Run: p.run(Calling, []*ssa.Function{fn}, seeds), root: fn, users: make(map[*ssa.Function][]ssa.Instruction)}
	a.scan()
	var out []LostWrite
	for _, param := range fn.Params[min(1, len(fn.Params)):] {
		if w := a.lost(argumentRoot + param.Name()); w != nil {
			name := strings.TrimPrefix(w.Path.Root, argumentRoot) + strings.TrimRight(w.Path.Sub, "[]*")
			out = append(out, LostWrite{name, a.position(*w)})
		}
	}
	return out
}

// arguments has the reads and writes of a function through its arguments.
type arguments struct {
	*Run
	root   *ssa.Function
	users  map[*ssa.Function][]ssa.Instruction // that call or mention a function
	writes []Effect
	reads  []Effect
}

// scan finds the writes and reads.
func (a *arguments) scan() {
	for _, e := range a.effects {
		if !strings.HasPrefix(e.Root, argumentRoot) {
			continue
		}
		if !e.Write {
			a.reads = append(a.reads, e)
		} else if !erases(e.Instr) {
			a.writes = append(a.writes, e)
		}
	}
	for _, fn := range a.order {
		for instr := range a.instructions(fn) {
			for _, used := range a.p.used(instr) {
				a.users[used] = append(a.users[used], whereCalled(instr)...)
			}
			a.escape(fn, instr)
		}
	}
}

// whereCalled returns the calls of a literal that is only called, or instr itself.
func whereCalled(instr ssa.Instruction) []ssa.Instruction {
	if c, ok := instr.(*ssa.MakeClosure); ok && !isLate(c) && !isDeferred(c) {
		return *c.Referrers()
	}
	return []ssa.Instruction{instr}
}

// erases reports whether an instruction deletes something, or sets its zero value.
func erases(instr ssa.Instruction) bool {
	switch instr := instr.(type) {
	case *ssa.Store:
		c, ok := instr.Val.(*ssa.Const)
		return ok && isZero(c)
	case *ssa.MapUpdate:
		c, ok := instr.Value.(*ssa.Const)
		return ok && isZero(c)
	case ssa.CallInstruction:
		b, ok := instr.Common().Value.(*ssa.Builtin)
		return ok && (b.Name() == "delete" || b.Name() == "clear")
	}
	return false
}

// fillers has functions that write through an argument and do not keep it, with the index
// of the argument.
var fillers = map[string]int{
	"encoding/json.Unmarshal": 1, "encoding/xml.Unmarshal": 1, "(*encoding/json.Decoder).Decode": 1, "(*encoding/xml.Decoder).Decode": 1,
	"slices.Reverse": 0, "slices.Sort": 0, "slices.SortFunc": 0, "slices.SortStableFunc": 0,
	"sort.Ints": 0, "sort.Strings": 0, "sort.Float64s": 0, "sort.Slice": 0, "sort.SliceStable": 0,
	"maps.Copy": 0,
}

// escape records writes by fillers. If a pointer into an argument goes where the model
// does not follow, escape records a read of everything behind it.
func (a *arguments) escape(fn *ssa.Function, instr ssa.Instruction) {
	var values []ssa.Value
	switch instr := instr.(type) {
	case *ssa.Store:
		if !isCell(instr.Addr) {
			values = append(values, instr.Val)
		}
	case *ssa.MapUpdate:
		values = append(values, instr.Key, instr.Value)
	case *ssa.Send:
		values = append(values, instr.X)
	case ssa.CallInstruction:
		call := instr.Common()
		if targets := a.targets(instr); len(targets) > 0 {
			if !slices.ContainsFunc(targets, a.looksAtArguments) {
				values = call.Args // it stands for one that does
			}
			break
		}
		filled, fills := fillers[fullName(call)]
		for i, arg := range call.Args {
			if fills && i == filled {
				for _, o := range a.of(arg) {
					w := Effect{Path: o.Path, Write: true, Deep: true, Fn: fn, Instr: instr}
					if holdsMany(arg.Type()) {
						w.Path = w.Path.add("[]")
					}
					a.writes = append(a.writes, w)
				}
				continue
			}
			values = append(values, arg)
		}
		if b, ok := call.Value.(*ssa.Builtin); ok {
			values = readByBuiltin(b.Name(), call.Args)
		}
		if call.IsInvoke() {
			values = append(values, call.Value)
		}
	}
	for _, v := range values {
		for _, o := range a.of(v) {
			if strings.HasPrefix(o.Root, argumentRoot) {
				a.reads = append(a.reads, Effect{Path: o.Path, Deep: true, Fn: fn, Instr: instr})
			}
		}
	}
}

// readByBuiltin returns the arguments that a built-in function reads.
func readByBuiltin(name string, args []ssa.Value) []ssa.Value {
	switch name {
	case "len", "cap", "print", "println":
		return args
	case "append":
		return args[1:] // what becomes of the list is seen where it is stored
	}
	return nil // copy, delete and clear are writes
}

// looksAtArguments reports whether fn reads or writes through an argument of the root
// function.
func (a *arguments) looksAtArguments(fn *ssa.Function) bool {
	return slices.ContainsFunc(a.effects, func(e Effect) bool {
		return strings.HasPrefix(e.Root, argumentRoot) && slices.Contains(appendWithLiterals(nil, fn), e.Fn)
	})
}

// lost returns a write below root that nothing reads afterwards, or nil.
func (a *arguments) lost(root string) *Effect {
	for i, w := range a.writes {
		if w.Root == root && !slices.ContainsFunc(a.reads, func(r Effect) bool { return a.tells(r, w) && a.after(w, r) }) {
			return &a.writes[i]
		}
	}
	return nil
}

// tells reports whether a read depends on a write.
func (a *arguments) tells(r, w Effect) bool {
	switch {
	case r.Update && r.Path == w.Path:
		return false
	case w.Path.Has(r.Path):
		return true
	case !r.Path.Has(w.Path):
		return false
	case r.Deep:
		return true
	}
	v, ok := r.Instr.(ssa.Value)
	if ok && a.onlyPassed(v) {
		return false // the called functions tell
	}
	return ok && !isPointerLike(v.Type()) && (isStruct(v.Type()) || !isAddress(v))
}

// onlyPassed reports whether v is used only as an argument of functions with source that
// look at it.
func (a *arguments) onlyPassed(v ssa.Value) bool {
	if v.Referrers() == nil || len(*v.Referrers()) == 0 {
		return false
	}
	return !slices.ContainsFunc(*v.Referrers(), func(use ssa.Instruction) bool {
		call, ok := use.(ssa.CallInstruction)
		return !ok || !slices.ContainsFunc(a.targets(call), a.looksAtArguments)
	})
}

// isAddress reports whether v only leads to another place.
func isAddress(v ssa.Value) bool {
	_, ok := v.Type().Underlying().(*types.Pointer)
	return ok
}

// after reports whether r may run after w.
func (a *arguments) after(w, r Effect) bool {
	if w.Fn == r.Fn && follows(w.Instr, r.Instr) {
		return true
	}
	if w.Fn == r.Fn && w.Fn == a.root {
		return false
	}
	for _, x := range a.anchors(w.Fn, w.Instr, nil) {
		for _, y := range a.anchors(r.Fn, r.Instr, nil) {
			switch {
			case isLate(y):
				if !isDeferred(x) || x != y || w.Fn != r.Fn {
					return true
				}
			case isDeferred(x):
			case x == y:
				if w.Fn != r.Fn {
					return true // the order is not known
				}
			case follows(x, y):
				return true
			}
		}
	}
	return false
}

// anchors returns the instructions of the root function that lead to an instruction of
// fn.
func (a *arguments) anchors(fn *ssa.Function, instr ssa.Instruction, seen []*ssa.Function) []ssa.Instruction {
	if fn == a.root {
		return []ssa.Instruction{instr}
	}
	if slices.Contains(seen, fn) {
		return nil
	}
	var out []ssa.Instruction
	for _, user := range a.users[a.p.unwrapped(fn)] {
		out = append(out, a.anchors(user.Parent(), user, append(seen, fn))...)
	}
	return out
}

// isDeferred reports whether an instruction defers a call.
func isDeferred(instr ssa.Instruction) bool {
	if _, ok := instr.(*ssa.Defer); ok {
		return true
	}
	c, ok := instr.(*ssa.MakeClosure)
	return ok && onlyUsedBy(c, func(use ssa.Instruction) bool { _, ok := use.(*ssa.Defer); return ok })
}

// isLate reports whether an instruction leads to code that may run later: a literal that
// is not called at once, or a deferred call.
func isLate(instr ssa.Instruction) bool {
	if _, ok := instr.(*ssa.Defer); ok {
		return true
	}
	c, ok := instr.(*ssa.MakeClosure)
	return ok && !onlyUsedBy(c, func(use ssa.Instruction) bool {
		call, ok := use.(*ssa.Call)
		return ok && call.Call.Value == c
	})
}

func onlyUsedBy(c *ssa.MakeClosure, by func(ssa.Instruction) bool) bool {
	return !slices.ContainsFunc(*c.Referrers(), func(use ssa.Instruction) bool { return !by(use) })
}

// follows reports whether y may run after x, in one function.
func follows(x, y ssa.Instruction) bool {
	b := x.Block()
	if b == nil || y.Block() == nil {
		return false
	}
	if b == y.Block() && slices.Index(b.Instrs, x) < slices.Index(b.Instrs, y) {
		return true
	}
	return slices.ContainsFunc(b.Succs, func(s *ssa.BasicBlock) bool { return reachable(s)[y.Block()] })
}

// position returns where the root function makes a write, itself or by a call.
func (a *arguments) position(w Effect) token.Pos {
	for _, instr := range a.anchors(w.Fn, w.Instr, nil) {
		if instr.Pos().IsValid() {
			return instr.Pos()
		}
		if store, ok := instr.(*ssa.Store); ok && store.Addr.Pos().IsValid() {
			return store.Addr.Pos()
		}
	}
	return w.Fn.Pos()
}
