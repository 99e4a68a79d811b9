package flow

import (
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/cloud-functions-dispatch/go/analyzers/internal/dispatchapi"
)

// findServing finds the functions that lead to a function of dispatch/entrypoint/…: by
// calls, by values, or by methods of types that they convert to interfaces.
func (p *Program) findServing() {
	p.serving = make(map[*ssa.Function]bool)
	users := make(map[*ssa.Function][]*ssa.Function)
	var todo []*ssa.Function
	for _, fn := range p.all() {
		for _, b := range fn.Blocks {
			for _, instr := range b.Instrs {
				for _, used := range p.used(instr) {
					if isEntrypoint(used) {
						todo = append(todo, fn)
					} else if used.Blocks != nil {
						users[used] = append(users[used], fn)
					}
				}
			}
		}
	}
	for len(todo) > 0 {
		fn := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if !p.serving[fn] {
			p.serving[fn] = true
			todo = append(todo, users[fn]...)
		}
	}
}

// isEntrypoint reports whether fn makes a process serve.
func isEntrypoint(fn *ssa.Function) bool {
	obj, ok := fn.Object().(*types.Func)
	return ok && obj.Pkg() != nil && dispatchapi.IsEntrypoint(obj.Pkg().Path()) && obj.Signature().Recv() == nil && !strings.HasPrefix(obj.Name(), "With")
}

// used returns the functions that an instruction calls, mentions, or makes callable
// through an interface.
func (p *Program) used(instr ssa.Instruction) []*ssa.Function {
	var out []*ssa.Function
	for _, op := range instr.Operands(nil) {
		if fn, ok := (*op).(*ssa.Function); ok {
			out = append(out, p.unwrapped(fn))
		}
	}
	if m, ok := instr.(*ssa.MakeInterface); ok && !types.IsInterface(m.X.Type()) {
		iface := m.Type().Underlying().(*types.Interface)
		set := p.ssa.MethodSets.MethodSet(m.X.Type())
		for method := range iface.Methods() {
			if sel := set.Lookup(method.Pkg(), method.Name()); sel != nil {
				if fn := p.ssa.MethodValue(sel); fn != nil {
					out = append(out, p.unwrapped(fn))
				}
			}
		}
	}
	return out
}

// unwrapped returns the declared function that a method value or a promoted method calls,
// or fn itself.
func (p *Program) unwrapped(fn *ssa.Function) *ssa.Function {
	if obj, ok := fn.Object().(*types.Func); ok && fn.Synthetic != "" && fn.Origin() == nil {
		if declared := p.ssa.FuncValue(obj); declared != nil {
			return declared
		}
	}
	return fn
}

// beforeServing returns, for each block of a serving function, how many of its
// instructions may run before or while the process serves. Code after a call that
// returns only when the process ends is left out, and so is a branch that leads to no
// entrypoint.
func (p *Program) beforeServing(fn *ssa.Function) map[*ssa.BasicBlock]int {
	live := make(map[*ssa.BasicBlock]int)
	var back, forth func(b *ssa.BasicBlock)
	back = func(b *ssa.BasicBlock) {
		for _, pred := range b.Preds {
			if live[pred] < len(pred.Instrs) {
				live[pred] = len(pred.Instrs)
				back(pred)
			}
		}
	}
	forth = func(b *ssa.BasicBlock) {
		for _, succ := range b.Succs {
			if live[succ] < len(succ.Instrs) {
				live[succ] = len(succ.Instrs)
				forth(succ)
			}
		}
	}
	for _, b := range fn.Blocks {
		for i, instr := range b.Instrs {
			serves, blocks := p.serves(instr)
			switch {
			case !serves:
			case blocks:
				live[b] = max(live[b], i+1)
				back(b)
			default:
				live[b] = len(b.Instrs)
				back(b)
				forth(b)
			}
		}
	}
	return live
}

// serves reports whether an instruction leads to an entrypoint, and whether it does not
// end while the process serves.
func (p *Program) serves(instr ssa.Instruction) (serves, blocks bool) {
	for _, fn := range p.used(instr) {
		if !isEntrypoint(fn) && !p.serving[fn] {
			continue
		}
		serves = true
		call, ok := instr.(*ssa.Call)
		blocks = ok && callsOnly(p, call, fn) && p.blocks(fn, make(map[*ssa.Function]bool))
	}
	return serves, blocks
}

// blocks reports whether fn ends only when the process no longer serves.
func (p *Program) blocks(fn *ssa.Function, seen map[*ssa.Function]bool) bool {
	if isEntrypoint(fn) {
		return fn.Name() == "Run" || fn.Name() == "Serve" || fn.Name() == "Receive"
	}
	if seen[fn] {
		return true
	}
	seen[fn] = true
	for _, b := range fn.Blocks {
		for _, instr := range b.Instrs {
			for _, used := range p.used(instr) {
				if !isEntrypoint(used) && !p.serving[used] {
					continue
				}
				call, ok := instr.(*ssa.Call)
				if !ok || !callsOnly(p, call, used) || !p.blocks(used, seen) {
					return false
				}
			}
		}
	}
	return true
}

// callsOnly reports whether call calls fn itself rather than passing it on.
func callsOnly(p *Program, call *ssa.Call, fn *ssa.Function) bool {
	callee := call.Call.StaticCallee()
	return callee != nil && p.unwrapped(callee) == fn
}

// findAlternatives finds functions that run instead of a serving one: the functions of
// other commands, as in cobra, and the other entries of a table of commands.
func (p *Program) findAlternatives() {
	p.others = make(map[*ssa.Function]bool)
	groups := make(map[any][]*ssa.Function)
	for _, fn := range p.all() {
		for _, b := range fn.Blocks {
			for _, instr := range b.Instrs {
				if group, used := p.choice(instr); used != nil {
					groups[group] = append(groups[group], used)
				}
			}
		}
	}
	commandServes := false
	for group, fns := range groups {
		if _, ok := group.(command); ok && p.anyServes(fns) {
			commandServes = true
		}
	}
	for group, fns := range groups {
		hasOthers := p.anyServes(fns)
		if _, ok := group.(command); ok {
			hasOthers = commandServes && !hasOthers // the whole command is another one
		}
		for _, fn := range fns {
			if hasOthers {
				p.others[fn] = !p.serving[fn]
			}
		}
	}
}

func (p *Program) anyServes(fns []*ssa.Function) bool {
	return slices.ContainsFunc(fns, func(fn *ssa.Function) bool { return p.serving[fn] })
}

// A command is an object with a function that runs if the user chooses it.
type command struct{ object any }

// A table has functions that are chosen by name: a field of a type of structs that have
// a name too.
type table struct {
	typ   string
	field int
}

// hasName reports whether t is a struct of this program with a field for its name.
func hasName(t types.Type) bool {
	st, ok := t.Underlying().(*types.Struct)
	if !ok {
		return false
	}
	for i := range st.NumFields() {
		switch strings.ToLower(st.Field(i).Name()) {
		case "name", "names", "cmd", "command", "mode", "key":
			return true
		}
	}
	return false
}

// commandFields are the fields of a command for functions that run for this command only.
var commandFields = map[string]bool{
	"Run": true, "RunE": true, "PreRun": true, "PreRunE": true, "PostRun": true, "PostRunE": true,
	"Action": true, "Exec": true, "Execute": true,
}

// choice returns the function that instr stores in a command or in a table of commands,
// with this command or table. The function is nil for other instructions.
func (p *Program) choice(instr ssa.Instruction) (group any, fn *ssa.Function) {
	switch instr := instr.(type) {
	case *ssa.MapUpdate:
		return instr.Map, p.functionOf(instr.Value)
	case *ssa.Store:
		field, ok := instr.Addr.(*ssa.FieldAddr)
		if !ok {
			return nil, nil
		}
		fn := p.functionOf(instr.Val)
		if t := deref(field.X.Type()); hasName(t) {
			return table{types.TypeString(t, nil), field.Field}, fn
		}
		if commandFields[fieldName(field.X.Type(), field.Field)[1:]] {
			object := any(field.X)
			if load, ok := field.X.(*ssa.UnOp); ok {
				object = load.X // a variable that is loaded again and again
			}
			return command{object}, fn
		}
	}
	return nil, nil
}

// functionOf returns the declared function or the literal that v is, or nil.
func (p *Program) functionOf(v ssa.Value) *ssa.Function {
	if fn := functionValue(v); fn != nil {
		return p.unwrapped(fn)
	}
	return nil
}

// functionValue returns the function that v is, or nil.
func functionValue(v ssa.Value) *ssa.Function {
	switch v := v.(type) {
	case *ssa.Function:
		return v
	case *ssa.MakeClosure:
		return v.Fn.(*ssa.Function)
	case *ssa.ChangeType:
		return functionValue(v.X)
	case *ssa.MakeInterface:
		return functionValue(v.X)
	}
	return nil
}
