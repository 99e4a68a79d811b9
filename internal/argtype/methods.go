package argtype

import (
	"fmt"
	"reflect"
	"slices"
)

// The methods that encode and decode, in the order in which the first that
// there is counts.
var (
	encoders = []Method{MarshalJSONTo, MarshalJSON, AppendText, MarshalText}
	decoders = []Method{UnmarshalJSONFrom, UnmarshalJSON, UnmarshalText}
)

// counterpart is what a person would add.
var counterpart = map[Method]Method{
	MarshalJSONTo: UnmarshalJSONFrom, MarshalJSON: UnmarshalJSON, AppendText: UnmarshalText, MarshalText: UnmarshalText,
	UnmarshalJSONFrom: MarshalJSONTo, UnmarshalJSON: MarshalJSON, UnmarshalText: MarshalText,
}

// first returns the first of methods that t has, or "".
func first(t Type, methods []Method) Method {
	for _, m := range methods {
		if t.Has(m) {
			return m
		}
	}
	return ""
}

// Encodes reports whether t has a method by which encoding/json/v2 encodes it.
func Encodes(t Type) bool { return has(t, encoders) }

func has(t Type, methods []Method) bool { return first(t, methods) != "" }

func isText(m Method) bool { return m == AppendText || m == MarshalText || m == UnmarshalText }

// methods is the rule for a type with methods of its own. It reports whether
// they are all that its encoding depends on.
func (w *walker) methods(t Type, at place) (opaque bool) {
	enc, dec := first(t, encoders), first(t, decoders)
	switch {
	case enc == "" && dec == "":
		return false
	case dec == "":
		w.some(at, fmt.Sprintf("has type %v, whose %s writes what nothing reads back (give it %s)", t, enc, counterpart[enc]))
	case enc == "":
		w.some(at, fmt.Sprintf("has type %v, whose %s reads what it does not write itself (give it %s)", t, dec, counterpart[dec]))
		return false
	case isText(enc) != isText(dec):
		w.some(at, fmt.Sprintf("has type %v, which is written by %s and read by %s (give it %s)", t, enc, dec, counterpart[enc]))
	default:
		w.promoted(t, at, enc, dec)
	}
	return true
}

// promoted reports methods that t has from a field that it embeds, where they
// do not suffice.
func (w *walker) promoted(t Type, at place, enc, dec Method) {
	const cure = "give the embedded field a name"
	writes, reads := t.Path(enc), t.Path(dec)
	along := structs(t, reads)
	switch {
	case len(writes) == 0 && len(reads) == 0:
	case len(writes) == 0:
		w.some(at, fmt.Sprintf("has type %v, which is written by its own %s and read by the %s of what it embeds (give it %s)", t, enc, dec, counterpart[enc]))
	case len(reads) == 0:
		w.some(at, fmt.Sprintf("has type %v, which is written by the %s of what it embeds and read by its own %s (give it %s)", t, enc, dec, counterpart[dec]))
	case !slices.Equal(writes, reads):
		w.some(at, fmt.Sprintf("has type %v, which is written by the %s of one field that it embeds and read by the %s of another (give them names)", t, enc, dec))
	case slices.ContainsFunc(along, siblings):
		w.some(at, fmt.Sprintf("has type %v, which is written by the %s of what it embeds, so that its other fields do not travel (%s)", t, enc, cure))
	case nillable(along, reads):
		w.some(at, fmt.Sprintf("has type %v, which is read by the %s of what it embeds, which is nil when it arrives (%s)", t, dec, cure))
	}
}

// omitted is the rule for a field with the option omitzero, whose type has
// IsZero from what it embeds.
func (w *walker) omitted(t Type, at place) {
	if t = indirect(t); t.Kind() != reflect.Struct || !t.Has(IsZero) {
		return
	}
	path := t.Path(IsZero)
	switch along := structs(t, path); {
	case slices.ContainsFunc(along, siblings):
		w.some(at, fmt.Sprintf("has the option omitzero and type %v, whose IsZero is that of what it embeds, so that its other fields do not travel beside a zero (give the embedded field a name)", t))
	case nillable(along, path):
		w.some(at, fmt.Sprintf("has the option omitzero and type %v, whose IsZero is that of what it embeds, which panics where that is nil (embed it by value)", t))
	}
}

// structs returns the structs of which path names a field each.
func structs(t Type, path []int) []Type {
	var out []Type
	for _, i := range path {
		t = indirect(t)
		out = append(out, t)
		t = t.Field(i).Type
	}
	return out
}

// nillable reports whether a field on the path through the structs is a pointer
// or an interface.
func nillable(structs []Type, path []int) bool {
	for n, i := range path {
		if k := structs[n].Field(i).Type.Kind(); k == reflect.Pointer || k == reflect.Interface {
			return true
		}
	}
	return false
}

// siblings reports whether a struct that embeds something holds something else
// as well. What is embedded counts whatever its tag says: its methods are
// promoted all the same.
func siblings(t Type) bool {
	n := 0
	for i := range t.NumField() {
		f := t.Field(i)
		tag, ignored, _ := parseTag(f)
		switch {
		case f.Embedded && carries(indirect(f.Type)),
			f.Embedded && tag.named && f.Type.Kind() == reflect.Pointer, // it is nil or it is not
			f.Exported && !f.Embedded && !ignored:
			n++
		}
	}
	return n > 1
}

// carries reports whether a value of type t, which is embedded, holds anything
// that an encoder would see; a mutex does not.
func carries(t Type) bool {
	if t.Kind() != reflect.Struct || has(t, encoders) {
		return true
	}
	for i := range t.NumField() {
		if f := t.Field(i); f.Exported || f.Embedded {
			return true
		}
	}
	return false
}

// message is the rule for an argument that is a message, a pointer to t.
func (w *walker) message(t Type) {
	if len(t.Path(ProtoReflect)) > 0 {
		w.some(place{}, fmt.Sprintf("has type *%v, which is a message by what it embeds, so that nothing else of it travels (take the message itself)", t))
	}
}
