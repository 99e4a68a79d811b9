package flow

import (
	"go/types"

	"golang.org/x/tools/go/ssa"
)

// A local copy of a variable may get values of its own, such as defaults, before it is
// read. The functions of this file give it the origin elsewhere for the part that is filled
// in, so that the part is not taken for the variable's.

// traceFill records that a part of a local copy is stored.
func (r *Run) traceFill(s *ssa.Store) {
	c, ok := s.Val.(*ssa.Const)
	if ok && isZero(c) {
		return
	}
	if _, whole := s.Addr.(*ssa.Alloc); !whole || len(r.of(s.Val)) == 0 {
		r.fill(s.Addr, "")
	}
}

// fillByCall records that a called function fills in local copies.
func (r *Run) fillByCall(site ssa.CallInstruction) {
	call := site.Common()
	targets := r.targets(site)
	for _, fn := range targets {
		args := call.Args
		if call.IsInvoke() {
			args = append([]ssa.Value{call.Value}, args...)
		}
		for i, arg := range args {
			if i < len(fn.Params) {
				r.fillAll(arg, r.p.filled(fn.Params[i], 0))
			}
		}
	}
	if len(targets) == 0 {
		for i, arg := range call.Args {
			if mayFill(call, i) {
				r.fill(arg, "")
			}
		}
	}
}

// mayFill reports whether a function without source may write through its argument i.
func mayFill(call *ssa.CallCommon, i int) bool {
	obj := calleeObject(call)
	return obj != nil && !onlyReads(obj, i) && !isHarmless(obj)
}

func (r *Run) fillAll(addr ssa.Value, parts []string) {
	for _, part := range parts {
		r.fill(addr, part)
	}
}

// fill records that a part of the place at addr is stored, if it is in a local copy of a
// variable.
func (r *Run) fill(addr ssa.Value, part string) {
	if m, ok := addr.(*ssa.MakeInterface); ok {
		addr = m.X // as an argument of json.Unmarshal
	}
	for {
		switch x := addr.(type) {
		case *ssa.FieldAddr:
			addr, part = x.X, fieldName(x.X.Type(), x.Field)+part
			continue
		case *ssa.IndexAddr:
			addr, part = x.X, "[]"+part
			continue
		case *ssa.Alloc:
			for _, o := range r.of(x) {
				if o.addr && o.copy && o.Root != elsewhere {
					r.add(x, []origin{{Path: Path{Root: elsewhere}, addr: true, copy: true, only: part}})
					return
				}
			}
		}
		return
	}
}

// filled returns the parts that code stores through the pointer v, a parameter or a free
// variable.
func (p *Program) filled(v ssa.Value, depth int) []string {
	if _, ok := v.Type().Underlying().(*types.Pointer); !ok || depth > 4 {
		return nil
	}
	var out []string
	below := func(prefix string, v ssa.Value) {
		for _, part := range p.filled(v, depth+1) {
			out = append(out, prefix+part)
		}
	}
	for _, ref := range *v.Referrers() {
		switch ref := ref.(type) {
		case *ssa.Store:
			if ref.Addr == v {
				out = append(out, "")
			}
		case *ssa.FieldAddr:
			below(fieldName(ref.X.Type(), ref.Field), ref)
		case *ssa.IndexAddr:
			below("[]", ref)
		case *ssa.MakeClosure:
			for i, b := range ref.Bindings {
				if b == v {
					below("", ref.Fn.(*ssa.Function).FreeVars[i])
				}
			}
		case ssa.CallInstruction:
			fn := ref.Common().StaticCallee()
			for i, arg := range ref.Common().Args {
				switch {
				case arg != v:
				case fn != nil && i < len(fn.Params):
					below("", fn.Params[i])
				case fn == nil || fn.Blocks == nil && mayFill(ref.Common(), i):
					out = append(out, "")
				}
			}
		}
	}
	return out
}
