package dispatchtest

import (
	"reflect"

	"google.golang.org/protobuf/proto"

	"github.com/cloud-functions-dispatch/go/dispatch/internal/codec"
	"github.com/cloud-functions-dispatch/go/internal/argtype"
)

// equal compares a and b, which have the same type, as messages, or by a method Equal of
// the type or of the pointer to it, or, if it has no exported field, by Cmp or Compare. If
// none is possible, ok is false.
func equal(a, b reflect.Value) (same, ok bool) {
	if !a.CanInterface() || a.Kind() == reflect.Interface {
		return false, false
	}
	if a.Kind() == reflect.Pointer { // its methods may not accept nil
		return false, false
	}
	if argtype.MessageKindOf(codec.Type(a.Type())) == argtype.Message {
		m, n := pointer(a).Interface().(proto.Message), pointer(b).Interface().(proto.Message)
		return proto.Equal(m, n), true
	}
	for _, pair := range [][2]reflect.Value{{a, b}, {pointer(a), pointer(b)}} {
		if m := method(pair[0], "Equal", reflect.Bool); m.IsValid() {
			return m.Call(pair[1:])[0].Bool(), true
		}
		if hasExported(a.Type()) { // Cmp and Compare may look at one field only
			continue
		}
		for _, name := range []string{"Cmp", "Compare"} {
			if m := method(pair[0], name, reflect.Int); m.IsValid() {
				return m.Call(pair[1:])[0].Int() == 0, true
			}
		}
	}
	return false, false
}

// hasExported reports whether t is a struct with an exported field.
func hasExported(t reflect.Type) bool {
	for i := 0; t.Kind() == reflect.Struct && i < t.NumField(); i++ {
		if t.Field(i).IsExported() {
			return true
		}
	}
	return false
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
