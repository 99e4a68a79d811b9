package codec

import (
	"reflect"
	"strings"
)

// maxSimple is of how many types a simple one may consist.
const maxSimple = 64

// isSimple reports whether t consists of predeclared types, times, and structs without
// methods whose fields are all sent under different names. A type that is not simple may
// be as good: this only spares most functions the check, which takes ten times as long.
// Budget is how many types may still be looked at.
func isSimple(t reflect.Type, budget *int) bool {
	k := t.Kind()
	switch *budget--; {
	case t == timeType:
		return true
	case *budget < 0 || k != reflect.Struct && t.PkgPath() != "":
		return false
	case reflect.Bool <= k && k <= reflect.Float64 || k == reflect.String:
		return true
	case k == reflect.Slice, k == reflect.Pointer && t.Elem().Kind() != reflect.Pointer, k == reflect.Map && t.Key() == stringType:
		return isSimple(t.Elem(), budget)
	}
	return k == reflect.Struct && reflect.PointerTo(t).NumMethod() == 0 && areSimple(t, budget)
}

var stringType = reflect.TypeFor[string]()

// areSimple reports whether the struct t has fields, and all of them are simple.
func areSimple(t reflect.Type, budget *int) bool {
	var few [16]string
	names := few[:0]
	for i := range t.NumField() {
		f := t.Field(i)
		name := f.Name
		if f.Tag != "" {
			rest, begins := strings.CutPrefix(string(f.Tag), `json:"`)
			tag, ends := strings.CutSuffix(rest, `"`)
			if name = tag; !begins || !ends || !isWord(name) {
				return false
			}
		}
		if !f.IsExported() || f.Anonymous || len(names) == len(few) || !isSimple(f.Type, budget) {
			return false
		}
		for _, other := range names {
			if strings.EqualFold(other, name) {
				return false
			}
		}
		names = append(names, name)
	}
	return len(names) > 0
}

// isWord reports whether s consists of ASCII letters, digits and underscores.
func isWord(s string) bool {
	for _, c := range s {
		if c != '_' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return s != ""
}
