package flow

import (
	"go/constant"
	"go/token"
	"go/types"
	"os"
	"slices"
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

// Reads reports whether a read tells what a write has set.
func (e Effect) Reads(w Effect) bool { return !e.Write && !e.Update && w.Path.Has(e.Path) }

// collect finds the effects of the code.
func (r *Run) collect() {
	var flags []flagDef
	for _, fn := range r.order {
		for instr := range r.instructions(fn) {
			e := effector{r, fn, instr, &flags}
			e.instr()
		}
	}
	for _, f := range flags {
		if f.value || r.parses {
			f.Write, f.Deep = true, true
			r.effects = append(r.effects, f.Effect)
		}
	}
	r.byRoot = make(map[string][]Effect)
	for _, e := range r.effects {
		r.byRoot[e.Root] = append(r.byRoot[e.Root], e)
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
	if strings.HasSuffix(p.Root, ".init$guard") {
		return // of the package's initialization
	}
	e.effects = append(e.effects, Effect{Path: p, Update: e.updates(), Fn: e.fn, Instr: e.at})
}

// updates reports whether what the instruction reads is used only to compute a new value
// that is stored.
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

// nextValue returns the sum of v and something, or the list v with elements appended, if
// that is what ref computes.
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
		if instr.Op == token.MUL {
			for _, o := range e.load(instr) {
				e.read(o.Path)
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

// set records that the value v is stored at p. If it is made here, as by a composite
// literal, only the parts that it gives a value are set.
func (e effector) set(p Path, v ssa.Value, depth int) {
	switch v := v.(type) {
	case *ssa.Const:
		if v.Value == nil || isZero(v) && e.fn.Name() == "init" && e.fn.Synthetic != "" {
			return // it is set to nil, or declared with its zero value
		}
	case *ssa.MakeInterface:
		if _, ok := v.X.(*ssa.Const); !ok {
			e.set(p, v.X, depth)
			return
		}
	case *ssa.ChangeType:
		e.set(p, v.X, depth)
		return
	case *ssa.MakeMap:
		e.write(p, false)
		e.setParts(p, v, depth)
		return
	case *ssa.Slice:
		if alloc, ok := v.X.(*ssa.Alloc); ok {
			if a, ok := deref(alloc.Type()).Underlying().(*types.Array); ok && a.Len() == 0 {
				e.write(p, false)
				return
			}
		}
	case *ssa.Alloc:
		if isStruct(deref(v.Type())) {
			e.write(p, false)
			e.setParts(p, v, depth)
			return
		}
	case *ssa.UnOp:
		if alloc, ok := v.X.(*ssa.Alloc); ok && v.Op == token.MUL && isStruct(v.Type()) {
			e.write(p, false)
			e.setParts(p, alloc, depth)
			return
		}
	case *ssa.Call:
		if e.setByFlag(p, v) || e.setByConstructor(p, v, depth) {
			return
		}
	}
	e.write(p, true)
}

// setParts records the parts of a new value that get a value of their own.
func (e effector) setParts(p Path, v ssa.Value, depth int) {
	for _, ref := range *v.Referrers() {
		switch ref := ref.(type) {
		case *ssa.FieldAddr:
			e.setPlace(p.add(fieldName(v.Type(), ref.Field)), ref, depth)
		case *ssa.MapUpdate:
			if ref.Map == v {
				e.write(p.add("[]"), true)
			}
		case ssa.CallInstruction:
			if ref != e.at {
				e.write(p, true) // the called function may set any part
			}
		}
	}
}

// setPlace records what is stored in a field of a new value.
func (e effector) setPlace(p Path, field *ssa.FieldAddr, depth int) {
	for _, use := range *field.Referrers() {
		switch use := use.(type) {
		case *ssa.Store:
			if use.Addr == field && depth < 3 {
				e.set(p, use.Val, depth+1)
			}
		case *ssa.FieldAddr:
			e.setPlace(p.add(fieldName(field.Type(), use.Field)), use, depth)
		case ssa.CallInstruction:
			e.write(p, true)
		}
	}
}

// setByConstructor records what a function with source makes, if all that it returns is
// made in it.
func (e effector) setByConstructor(p Path, call *ssa.Call, depth int) bool {
	fn := call.Call.StaticCallee()
	if fn == nil || fn.Blocks == nil || depth >= 3 {
		return false
	}
	var made []ssa.Value
	for _, b := range fn.Blocks {
		ret, ok := b.Instrs[len(b.Instrs)-1].(*ssa.Return)
		if !ok || len(ret.Results) == 0 {
			continue
		}
		v := localValue(ret.Results[0])
		if m, ok := v.(*ssa.MakeInterface); ok {
			v = m.X
		}
		switch x := v.(type) {
		case *ssa.Alloc, *ssa.MakeMap:
		case *ssa.UnOp:
			if _, ok := x.X.(*ssa.Alloc); !ok || !isStruct(x.Type()) {
				return false
			}
		default:
			return false
		}
		made = append(made, v)
	}
	for _, v := range made {
		e.set(p, v, depth+1)
	}
	return len(made) > 0
}

func isZero(c *ssa.Const) bool {
	if c.Value == nil {
		return true
	}
	switch c.Value.Kind() {
	case constant.Bool:
		return !constant.BoolVal(c.Value)
	case constant.String:
		return constant.StringVal(c.Value) == ""
	}
	return constant.Sign(c.Value) == 0
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

func isGetenv(name string) bool {
	return name == "os.Getenv" || name == "os.LookupEnv" || name == "syscall.Getenv" || name == "os.ExpandEnv"
}

// environment returns the paths of the environment variables that v names in a call of
// the function with the given name.
func (r *Run) environment(name string, v ssa.Value) []Path {
	var out []Path
	for _, text := range r.texts(v, 0) {
		if name != "os.ExpandEnv" {
			out = append(out, Path{Root: envRoot + text})
			continue
		}
		os.Expand(text, func(name string) string {
			out = append(out, Path{Root: envRoot + name})
			return ""
		})
	}
	return out
}

// texts returns the constant strings that v may be.
func (r *Run) texts(v ssa.Value, depth int) []string {
	if c, ok := v.(*ssa.Const); ok && c.Value != nil && c.Value.Kind() == constant.String {
		return []string{constant.StringVal(c.Value)}
	}
	var out []string
	if sum, ok := v.(*ssa.BinOp); ok && sum.Op == token.ADD && depth < 4 {
		for _, x := range r.texts(sum.X, depth+1) {
			for _, y := range r.texts(sum.Y, depth+1) {
				out = append(out, x+y)
			}
		}
	}
	for _, arg := range r.passed(v) {
		if depth < 4 {
			out = append(out, r.texts(arg, depth+1)...)
		}
	}
	return out
}

// passed returns the arguments of reached calls that the parameter v stands for.
func (r *Run) passed(v ssa.Value) []ssa.Value {
	param, ok := v.(*ssa.Parameter)
	if !ok {
		return nil
	}
	var out []ssa.Value
	i := slices.Index(param.Parent().Params, param)
	for _, site := range r.sites[param.Parent()] {
		j := i
		if site.Common().IsInvoke() {
			j-- // the receiver is not among the arguments
		}
		if args := site.Common().Args; 0 <= j && j < len(args) {
			out = append(out, args[j])
		}
	}
	return out
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

// arguments records what a function without source does to the paths in its arguments.
func (e effector) arguments(name string, call *ssa.CallCommon) {
	if value := flagValue(name, call); value != nil && len(e.of(flagTarget(call))) > 0 {
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

// keys returns the paths of the context values with the key v.
func (r *Run) keys(v ssa.Value, depth int) []Path {
	if m, ok := v.(*ssa.MakeInterface); ok {
		v = m.X
	}
	key := func(name string) []Path { return []Path{{Root: contextRoot + name}} }
	switch v := v.(type) {
	case *ssa.Const:
		if v.Value != nil {
			return key(types.TypeString(v.Type(), nil) + "(" + v.Value.ExactString() + ")")
		}
		return key(types.TypeString(v.Type(), nil))
	case *ssa.UnOp:
		if g, ok := v.X.(*ssa.Global); ok {
			return key(globalPath(g).Root)
		}
	case *ssa.Global:
		return key(globalPath(v).Root)
	case *ssa.Parameter:
		var out []Path
		for _, arg := range r.passed(v) {
			if depth < 4 {
				out = append(out, r.keys(arg, depth+1)...)
			}
		}
		return out
	}
	if isStruct(v.Type()) {
		return key(types.TypeString(v.Type(), nil)) // such as key{}: all values are equal
	}
	return nil
}
