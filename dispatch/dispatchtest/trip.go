package dispatchtest

import (
	"fmt"
	"reflect"
	"strings"

	"google.golang.org/protobuf/proto"

	"github.com/cloud-functions-dispatch/go/dispatch/internal/registry"
)

// checkRoundTrip returns an error if the callee would get other arguments than the call
// o has. The JSON of its arguments is args.
func checkRoundTrip(o *registry.Outgoing, args []byte) error {
	got, err := o.Signature.Decode(args)
	if err != nil {
		return fmt.Errorf("dispatchtest: the callee cannot decode the arguments of %s: %w", o.Name, err)
	}
	for i, arg := range o.Args {
		if where, changed := differs(arg, got[i], 0); changed {
			return fmt.Errorf("dispatchtest: argument %d of %s differs in the callee: encoding and decoding change %s (run dispatchvet for the reason, or see docs/analyzers.md)", i+1, o.Name, "argument"+where)
		}
	}
	return nil
}

// maxDepth limits the depth to which values are compared. Deeper parts pass: they were
// encoded and decoded without an error.
const maxDepth = 100

// differs reports whether a and b, which have the same type, differ, and where. A nil
// slice or map equals an empty one.
func differs(a, b reflect.Value, depth int) (where string, differ bool) {
	if depth == maxDepth {
		return "", false
	}
	if same, ok := equal(a, b); ok {
		return "", !same
	}
	switch a.Kind() {
	case reflect.Interface, reflect.Pointer:
		if a.IsNil() || b.IsNil() {
			return "", a.IsNil() != b.IsNil()
		}
		if a, b = a.Elem(), b.Elem(); a.Type() != b.Type() {
			return fmt.Sprintf(" (from %v to %v)", a.Type(), b.Type()), true
		}
		return differs(a, b, depth+1)
	case reflect.Slice, reflect.Array:
		if a.Len() != b.Len() {
			return "", true
		}
		for i := range a.Len() {
			if where, differ := differs(a.Index(i), b.Index(i), depth+1); differ {
				return fmt.Sprintf("[%d]%s", i, where), true
			}
		}
	case reflect.Map:
		if a.Len() != b.Len() {
			return "", true
		}
		for _, key := range a.MapKeys() {
			other := b.MapIndex(key)
			if !other.IsValid() {
				return "[…]", true
			}
			if where, differ := differs(a.MapIndex(key), other, depth+1); differ {
				return "[…]" + where, true
			}
		}
	case reflect.Struct:
		for i := range a.NumField() {
			f := a.Type().Field(i)
			if tag, _, _ := strings.Cut(f.Tag.Get("json"), ","); tag == "-" && f.Tag.Get("json") == "-" {
				continue // it is not meant to be sent
			}
			if where, differ := differs(a.Field(i), b.Field(i), depth+1); differ {
				return "." + f.Name + where, true
			}
		}
	default:
		return "", a.Comparable() && !a.Equal(b)
	}
	return "", false
}

// equal compares values with their own method Equal, such as time.Time has, or as
// protobuf messages. If neither is possible, ok is false.
func equal(a, b reflect.Value) (same, ok bool) {
	if !a.CanInterface() {
		return false, false
	}
	if m, isMessage := a.Interface().(proto.Message); isMessage {
		return proto.Equal(m, b.Interface().(proto.Message)), true
	}
	if a.Kind() == reflect.Pointer || a.Kind() == reflect.Interface {
		return false, false // its method Equal may not accept nil
	}
	m := a.MethodByName("Equal")
	if !m.IsValid() || m.Type().NumIn() != 1 || m.Type().In(0) != a.Type() || m.Type().NumOut() != 1 || m.Type().Out(0).Kind() != reflect.Bool {
		return false, false
	}
	return m.Call([]reflect.Value{b})[0].Bool(), true
}
