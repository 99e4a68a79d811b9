package codec

import (
	"encoding"
	"fmt"
	"reflect"
	"strings"

	"github.com/go-json-experiment/json"
)

// checkType reports why no value of type t can ever make the trip, or nil.
// What depends on the value, such as a slice of channels that may be empty, is
// left to the encoding.
func checkType(t reflect.Type) error {
	if t.Kind() == reflect.Interface && t.NumMethod() > 0 {
		return fmt.Errorf("an interface with methods cannot be decoded, since nothing tells its dynamic type (take a concrete type)")
	}
	return neverEncodes(t, t.String())
}

// neverEncodes reports why even the zero value of t is refused. It walks what
// every value of t contains: fields and elements of arrays, but not what a
// pointer, slice or map might hold.
func neverEncodes(t reflect.Type, path string) error {
	if isMessage(t) || hasMarshaler(t) {
		return nil
	}
	switch t.Kind() {
	case reflect.Chan, reflect.Func, reflect.Complex64, reflect.Complex128, reflect.UnsafePointer:
		return fmt.Errorf("%s cannot be encoded (%s)", path, kindCure(t.Kind()))
	case reflect.Array:
		if t.Len() > 0 {
			return neverEncodes(t.Elem(), path+"[0]")
		}
	case reflect.Struct:
		return structNeverEncodes(t, path)
	}
	return nil
}

func structNeverEncodes(t reflect.Type, path string) error {
	exported, fields := 0, t.NumField()
	for i := range fields {
		f := t.Field(i)
		name, opts, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Tag.Get("json") == "-" {
			exported++ // excluded on purpose: the struct may be empty
			continue
		}
		if !f.IsExported() && !f.Anonymous {
			continue
		}
		exported++
		// Omitted fields need not be encodable; embedded ones and those with
		// a name that json would refuse are judged when a value is encoded.
		if f.Anonymous && name == "" || strings.Contains(opts, "omit") {
			continue
		}
		if err := neverEncodes(f.Type, path+"."+f.Name); err != nil {
			return err
		}
	}
	if fields > 0 && exported == 0 {
		return fmt.Errorf("%s has no exported field, so nothing of it would travel (export what the callee needs, or give it MarshalJSON and UnmarshalJSON)", path)
	}
	return nil
}

func kindCure(k reflect.Kind) string {
	switch k {
	case reflect.Chan, reflect.Func, reflect.UnsafePointer:
		return "it has a meaning in this process only: send the data it stands for"
	default:
		return "JSON has no form for it: send its parts"
	}
}

// hasMarshaler reports whether t, or its address, brings an encoding of its
// own that encoding/json/v2 calls.
func hasMarshaler(t reflect.Type) bool {
	for _, i := range marshalers {
		if t.Implements(i) || reflect.PointerTo(t).Implements(i) {
			return true
		}
	}
	return false
}

var marshalers = []reflect.Type{
	reflect.TypeFor[json.Marshaler](),
	reflect.TypeFor[json.MarshalerTo](),
	reflect.TypeFor[encoding.TextMarshaler](),
	reflect.TypeFor[encoding.TextAppender](),
}
