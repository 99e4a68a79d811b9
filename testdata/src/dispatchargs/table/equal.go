package table

import (
	"encoding/json"
	"reflect"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"google.golang.org/protobuf/proto"
)

// Equal reports whether a and b are equal, except for fields that no encoder sees.
func Equal(a, b reflect.Value) bool {
	if eq, ok := asked(a, b); ok {
		return eq
	}
	switch a.Kind() {
	case reflect.Slice:
		if a.IsNil() != b.IsNil() || a.Len() != b.Len() {
			return false
		}
		fallthrough
	case reflect.Array:
		for i := range a.Len() {
			if !Equal(a.Index(i), b.Index(i)) {
				return false
			}
		}
		return true
	case reflect.Map:
		if a.IsNil() != b.IsNil() || a.Len() != b.Len() {
			return false
		}
		for k, v := range a.Seq2() {
			other := b.MapIndex(k)
			if !other.IsValid() || !Equal(v, other) {
				return false
			}
		}
		return true
	case reflect.Pointer, reflect.Interface:
		if a.IsNil() || b.IsNil() {
			return a.IsNil() == b.IsNil()
		}
		a, b = a.Elem(), b.Elem()
		return a.Type() == b.Type() && Equal(a, b)
	case reflect.Struct:
		if isOpaque(a.Type()) {
			return a.Equal(b)
		}
		for i := range a.NumField() {
			f := a.Type().Field(i)
			if isHidden(f) && holdsData(a.Field(i)) && !holdsData(b.Field(i)) {
				return false
			}
			if seen(f) && !Equal(a.Field(i), b.Field(i)) && !(embedded(f) && f.Type.Kind() == reflect.Pointer && memberless(a.Field(i))) {
				return false
			}
		}
		return true
	case reflect.Chan, reflect.Func:
		return a.IsNil() && b.IsNil()
	case reflect.UnsafePointer:
		return a.IsZero() && b.IsZero()
	}
	return a.Equal(b)
}

// asked compares a and b by a method of their type, if it has one.
func asked(a, b reflect.Value) (equal, ok bool) {
	if !a.CanInterface() {
		return false, false
	}
	// From Go 1.27 on, these are one type.
	if t := a.Type(); t == reflect.TypeFor[json.RawMessage]() || t == reflect.TypeFor[jsontext.Value]() || t == reflect.TypeFor[document]() {
		return raw(a.Bytes()) == raw(b.Bytes()), true
	}
	if m, n := message(a), message(b); m != nil && n != nil {
		return proto.Equal(m, n), true
	}
	if a.Kind() == reflect.Pointer || a.Kind() == reflect.Interface {
		return false, false
	}
	// A method of an embedded field does not count: it takes another type.
	if m := a.MethodByName("Equal"); m.IsValid() && m.Type().NumIn() == 1 && m.Type().In(0) == a.Type() {
		return m.Call([]reflect.Value{b})[0].Bool(), true
	}
	pointer := reflect.New(a.Type())
	pointer.Elem().Set(a)
	if m := pointer.MethodByName("Cmp"); m.IsValid() && m.Type().In(0) == pointer.Type() {
		other := reflect.New(a.Type())
		other.Elem().Set(b)
		return m.Call([]reflect.Value{other})[0].Int() == 0, true
	}
	return false, false
}

// message returns v, or the pointer to v, as a message, or nil. A struct is no message
// because it embeds one.
func message(v reflect.Value) proto.Message {
	t := v.Type()
	if t.Kind() == reflect.Pointer {
		if v.IsNil() {
			return nil
		}
		v, t = v.Elem(), t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return nil
	}
	for i := range t.NumField() {
		if t.Field(i).Anonymous {
			return nil
		}
	}
	if !v.CanAddr() {
		addressable := reflect.New(t).Elem()
		addressable.Set(v)
		v = addressable
	}
	m, _ := v.Addr().Interface().(proto.Message)
	return m
}

// raw returns JSON as text. Nil becomes null.
func raw(b []byte) string {
	if b == nil {
		return "null"
	}
	return string(b)
}

// isHidden reports whether the data of a field is lost and is not declared as such.
func isHidden(f reflect.StructField) bool {
	return !f.IsExported() && !f.Anonymous && f.Name != "_" && f.Tag.Get("json") != "-"
}

// holdsData reports whether v holds data of its own, besides handles: it does not look
// behind pointers, interfaces, functions and channels, and not into locks.
func holdsData(v reflect.Value) bool {
	if isLock(v.Type()) {
		return false
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface, reflect.Func, reflect.Chan, reflect.UnsafePointer, reflect.Uintptr:
		return false
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			if holdsData(v.Index(i)) {
				return true
			}
		}
		return false
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.Name != "_" && f.Tag.Get("json") != "-" && holdsData(v.Field(i)) {
				return true
			}
		}
		return false
	}
	return !v.IsZero()
}

// isLock reports whether t is a type of sync, such as a mutex, or of sync/atomic.
func isLock(t reflect.Type) bool {
	return strings.HasPrefix(t.PkgPath(), "sync") || t.PkgPath() == "internal/sync"
}

// embedded reports whether the members of a field count as members of the struct.
func embedded(f reflect.StructField) bool {
	name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
	return f.Anonymous && name == "" || strings.Contains(","+options+",", ",embed,")
}

// memberless reports whether the embedded struct or pointer v may have no member in
// JSON, so that the decoder cannot tell whether the pointer was nil.
func memberless(v reflect.Value) bool {
	if v.Kind() == reflect.Pointer {
		return v.IsNil() || memberless(v.Elem())
	}
	if v.Kind() == reflect.Array && isPlain(v.Type().Elem()) {
		for i := range v.Len() {
			if !memberless(v.Index(i)) {
				return false
			}
		}
		return true
	}
	if v.Kind() != reflect.Struct {
		return false
	}
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if seen(f) && !v.Field(i).IsZero() && !((embedded(f) || isPlain(f.Type) || f.Type.Kind() == reflect.Array) && memberless(v.Field(i))) {
			return false
		}
	}
	return true
}

// isPlain reports whether t is a struct without methods.
func isPlain(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && reflect.PointerTo(t).NumMethod() == 0
}

// isOpaque reports whether t is a comparable struct of another package without
// visible fields, such as netip.Addr.
func isOpaque(t reflect.Type) bool {
	if !t.Comparable() || t.PkgPath() == "" || t.PkgPath() == "main" || t.PkgPath() == reflect.TypeFor[Row]().PkgPath() {
		return false
	}
	for i := range t.NumField() {
		if seen(t.Field(i)) {
			return false
		}
	}
	return true
}
