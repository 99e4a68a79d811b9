package argtype

import (
	"reflect"
	"strings"
)

// hides reports whether f is unexported and holds data that is not declared to be lost.
func hides(f Field) bool {
	return !f.Exported && !f.Embedded && f.Name != "_" && f.Tag.Get("json") != "-" && HoldsData(f.Type)
}

// isGenerated reports whether t is a generated struct with unexported fields of its
// library: a protocol buffer message, or an entity of ent, which notes there which of its
// columns and edges were loaded.
func isGenerated(t Type) bool {
	if strings.HasSuffix(t.Name(), "Edges") && t.NumField() > 0 && t.Field(t.NumField()-1).Name == "loadedTypes" {
		return true
	}
	for i := range t.NumField() {
		f := t.Field(i).Type
		switch f.PkgPath() + "." + f.Name() {
		case "google.golang.org/protobuf/internal/impl.MessageState", "entgo.io/ent/dialect/sql.SelectValues":
			return true
		}
	}
	return false
}

// HoldsData reports whether a value of t, in an unexported field, holds data that is lost.
func HoldsData(t Type) bool { return holdsData(t, make(map[Type]bool)) }

// holdsData reports whether a value of t holds data of its own. A pointer, an interface,
// a function and a channel do not: an unexported one is a handle, a cache or a callback,
// and the callee has its own. Seen has the types that were searched.
func holdsData(t Type, seen map[Type]bool) bool {
	if isSync(t) || seen[t] {
		return false // the answer is that of the other parts of the type
	}
	seen[t] = true
	switch t.Kind() {
	case reflect.Pointer, reflect.Interface, reflect.Func, reflect.Chan, reflect.UnsafePointer, reflect.Uintptr:
		return false
	case reflect.Slice:
		return holdsData(t.Elem(), seen)
	case reflect.Array:
		return t.Len() > 0 && holdsData(t.Elem(), seen)
	case reflect.Struct:
		for i := range t.NumField() {
			if f := t.Field(i); f.Name != "_" && f.Tag.Get("json") != "-" && holdsData(f.Type, seen) {
				return true
			}
		}
		return false
	default: // a map too: a nil one that is written to panics
		return true
	}
}
