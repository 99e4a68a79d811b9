package dispatchtest

import (
	"reflect"

	"google.golang.org/protobuf/proto"
)

// equal compares a and b, which have the same type, as messages, or by a method Equal,
// Cmp or Compare of the type or of the pointer to it. If none is possible, ok is false.
func equal(a, b reflect.Value) (same, ok bool) {
	if !a.CanInterface() || a.Kind() == reflect.Interface {
		return false, false
	}
	if m, isMessage := a.Interface().(proto.Message); isMessage {
		return proto.Equal(m, b.Interface().(proto.Message)), true
	}
	if a.Kind() == reflect.Pointer { // its methods may not accept nil
		return false, false
	}
	for _, pair := range [][2]reflect.Value{{a, b}, {pointer(a), pointer(b)}} {
		if m := method(pair[0], "Equal", reflect.Bool); m.IsValid() {
			return m.Call(pair[1:])[0].Bool(), true
		}
		for _, name := range []string{"Cmp", "Compare"} {
			if m := method(pair[0], name, reflect.Int); m.IsValid() {
				return m.Call(pair[1:])[0].Int() == 0, true
			}
		}
	}
	return false, false
}

// pointer returns a pointer to a copy of v.
func pointer(v reflect.Value) reflect.Value {
	p := reflect.New(v.Type())
	p.Elem().Set(v)
	return p
}

// method returns the named method of v that takes another value of its type and returns
// one of the kind. An embedded field's method takes another type.
func method(v reflect.Value, name string, result reflect.Kind) reflect.Value {
	m := v.MethodByName(name)
	if !m.IsValid() || m.Type().NumIn() != 1 || m.Type().In(0) != v.Type() || m.Type().NumOut() != 1 || m.Type().Out(0).Kind() != result {
		return reflect.Value{}
	}
	return m
}
