package flow

import (
	"go/token"
	"go/types"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// An Effect says that code sets or reads a path.
type Effect struct {
	Path
	Write  bool
	Deep   bool // a write sets all parts of the path too
	Update bool // the value is read only to compute the next one, as by n++
	Fn     *ssa.Function
	Instr  ssa.Instruction
}

// Sets reports whether a write sets q, or a part of q.
func (e Effect) Sets(q Path) bool {
	return e.Write && (e.Path == q || e.Deep && (e.Path.Has(q) || q.Has(e.Path)))
}

// Reads reports whether e is a read of the value that w writes.
func (e Effect) Reads(w Effect) bool { return !e.Write && !e.Update && w.Path.Has(e.Path) }

// collect finds the effects of the code.
func (r *Run) collect() {
	var flags []flagDef
	for _, fn := range r.order {
		for instr := range r.instructions(fn) {
			e := effector{r, fn, instr, &flags}
			e.instr()
		}
		if isInit(fn) {
			for _, p := range r.p.embedded[fn.Pkg] {
				r.effects = append(r.effects, Effect{Path: p, Write: true, Deep: true, Fn: fn})
			}
		}
	}
	for _, f := range flags {
		if f.value || r.parses {
			f.Write, f.Deep = true, true
			r.effects = append(r.effects, f.Effect)
		}
	}
	r.byRoot, r.writes = make(map[string][]Effect), make(map[ssa.Instruction][]Path)
	for _, e := range r.effects {
		r.byRoot[e.Root] = append(r.byRoot[e.Root], e)
		if e.Write {
			r.writes[e.Instr] = append(r.writes[e.Instr], e.Path)
		}
	}
}

// A flagDef binds a variable to a command-line flag.
type flagDef struct {
	Effect
	value bool // the default is not the zero value
}

// An effector records the effects of one instruction.
type effector struct {
	*Run
	fn    *ssa.Function
	at    ssa.Instruction
	flags *[]flagDef
}

func (e effector) read(p Path) {
	if p.Root == elsewhere || strings.HasSuffix(p.Root, ".init$guard") {
		return // the latter is of the package's initialization
	}
	e.effects = append(e.effects, Effect{Path: p, Update: e.updates(), Fn: e.fn, Instr: e.at})
}

// updates reports whether the instruction reads a value only to store the next one.
func (e effector) updates() bool {
	v, ok := e.at.(ssa.Value)
	if !ok || v.Referrers() == nil {
		return false
	}
	n := 0
	for _, ref := range *v.Referrers() {
		next := nextValue(v, ref)
		if next == nil {
			return false
		}
		for _, use := range *next.Referrers() {
			switch use.(type) {
			case *ssa.Store, *ssa.MapUpdate:
				n++
			default:
				return false
			}
		}
	}
	return n > 0
}

func (e effector) write(p Path, deep bool) {
	e.effects = append(e.effects, Effect{Path: p, Write: true, Deep: deep, Fn: e.fn, Instr: e.at})
}

func (e effector) flag(p Path, value bool) {
	*e.flags = append(*e.flags, flagDef{Effect{Path: p, Fn: e.fn, Instr: e.at}, value})
}

// nextValue returns the result of ref if ref adds something to the number v or appends to
// the list v.
func nextValue(v ssa.Value, ref ssa.Instruction) ssa.Value {
	switch ref := ref.(type) {
	case *ssa.BinOp:
		return ref
	case *ssa.Call:
		if b, ok := ref.Call.Value.(*ssa.Builtin); ok && b.Name() == "append" && ref.Call.Args[0] == v {
			return ref
		}
	}
	return nil
}

// writable returns the paths that are set if the place at addr is.
func (e effector) writable(addr ssa.Value) []Path {
	var out []Path
	for _, o := range e.of(addr) {
		switch {
		case o.copy || o.cell:
		case o.addr || isStruct(deref(addr.Type())):
			out = append(out, o.Path)
		default:
			out = append(out, o.Path.add("*"))
		}
	}
	return out
}

func (e effector) readParts(x ssa.Value, part string) {
	for _, o := range e.of(x) {
		e.read(o.Path.add(part))
	}
}

func (e effector) instr() {
	switch instr := e.at.(type) {
	case *ssa.Store:
		for _, p := range e.writable(instr.Addr) {
			e.set(p, instr.Val, 0)
		}
		e.bind(instr)
	case *ssa.MapUpdate:
		for _, o := range e.of(instr.Map) {
			if !o.copy || isPointerLike(instr.Map.Type()) {
				e.write(o.Path.add("[]"), true)
			}
		}
	case *ssa.UnOp:
		switch instr.Op {
		case token.MUL:
			for _, o := range e.load(instr) {
				e.read(o.Path)
			}
		case token.ARROW:
			e.readParts(instr.X, "[]")
		}
	case *ssa.Send:
		e.send(instr.Chan)
	case *ssa.Select:
		for _, s := range instr.States {
			if s.Dir == types.SendOnly {
				e.send(s.Chan)
			} else {
				e.readParts(s.Chan, "[]")
			}
		}
	case *ssa.Lookup:
		e.readParts(instr.X, "[]")
	case *ssa.Range:
		e.readParts(instr.X, "[]")
	case *ssa.Field:
		for _, o := range e.derive(instr) {
			e.read(o.Path)
		}
	case ssa.CallInstruction:
		e.call(instr)
	}
}

// send records that a value is sent on a channel, which does not set the channel.
func (e effector) send(ch ssa.Value) {
	for _, o := range e.of(ch) {
		e.write(o.Path.add("[]"), false)
	}
}

// bind records a flag of a library that keeps the address of its variable in a struct.
func (e effector) bind(s *ssa.Store) {
	if _, ok := s.Addr.(*ssa.FieldAddr); !ok {
		return
	}
	for _, o := range e.of(s.Val) {
		if o.addr && !o.copy && !o.cell {
			e.flag(o.Path, false)
		}
	}
}

// call records the effects of a call of a function without source.
func (e effector) call(site ssa.CallInstruction) {
	call := site.Common()
	if b, ok := call.Value.(*ssa.Builtin); ok {
		e.builtin(b.Name(), call)
		return
	}
	if fn := call.StaticCallee(); fn != nil && fn.Blocks != nil {
		return
	}
	name := fullName(call)
	switch {
	case name == "os.Setenv" || name == "syscall.Setenv":
		for _, p := range e.environment(name, call.Args[0]) {
			e.write(p, true)
		}
	case isGetenv(name):
		for _, p := range e.environment(name, call.Args[0]) {
			e.read(p)
		}
	case name == "context.WithValue":
		for _, p := range e.keys(call.Args[1], 0) {
			e.write(p, true)
		}
	case name == "(context.Context).Value":
		for _, p := range e.keys(call.Args[0], 0) {
			e.read(p)
		}
	default:
		e.arguments(name, call)
	}
}

func (e effector) builtin(name string, call *ssa.CallCommon) {
	switch name {
	case "copy", "delete", "clear":
		for _, o := range e.of(call.Args[0]) {
			if !o.copy || isPointerLike(call.Args[0].Type()) {
				e.write(o.Path.add("[]"), true)
			}
		}
	case "len", "append":
		e.readParts(call.Args[len(call.Args)-1], "[]")
	}
}

// arguments records the effects of a function without source on its arguments.
func (e effector) arguments(name string, call *ssa.CallCommon) {
	if value := flagValue(call); value != nil && len(e.of(flagTarget(call))) > 0 {
		for _, o := range e.of(flagTarget(call)) {
			e.flag(o.Path, !isZeroValue(*value))
		}
		return
	}
	if part, ok := stores[name]; ok {
		for _, o := range e.of(receiver(call)) {
			if part == "" && len(call.Args) > 1 {
				e.set(o.Path, call.Args[len(call.Args)-1], 0)
			} else {
				e.write(o.Path.add(part), true)
			}
		}
		if !strings.HasPrefix(name, "(*sync.Map).LoadOr") {
			return
		}
	}
	if part, ok := loads[name]; ok {
		e.readParts(receiver(call), part)
		return
	}
	obj := calleeObject(call)
	flag := obj != nil && isFlags(obj.Pkg()) && strings.Contains(obj.Name(), "Var")
	for i, arg := range call.Args {
		var from []origin
		for _, v := range elementsOf(arg) {
			from = append(from, e.of(v)...)
		}
		for _, o := range from {
			switch {
			case !o.addr || o.copy || o.cell || isSync(deref(arg.Type())):
			case flag:
				e.flag(o.Path, false)
			case obj != nil && onlyReads(obj, i):
				e.read(o.Path)
			default:
				e.write(o.Path, true)
			}
		}
	}
}
