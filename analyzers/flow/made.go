package flow

import (
	"go/constant"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ssa"
)

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

// setPlace records the values of a field of a new value.
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

// setByConstructor records the parts of a value that a function with source makes. It
// reports false if the function may return a value that it did not make.
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
