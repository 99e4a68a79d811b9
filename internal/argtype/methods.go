package argtype

import (
	"fmt"
	"reflect"
	"slices"
)

// The methods that encode and decode. The first one that a type has is used.
var (
	encoders = []Method{MarshalJSONTo, MarshalJSON, AppendText, MarshalText}
	decoders = []Method{UnmarshalJSONFrom, UnmarshalJSON, UnmarshalText}
)

// counterpart maps a method to the one that the message suggests to add.
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

// Decoder returns the method that decodes values of t, or "".
func Decoder(t Type) Method { return first(t, decoders) }

// Encodes reports whether t has a method that encoding/json/v2 encodes it with.
func Encodes(t Type) bool { return has(t, encoders) }

// Decodes reports whether t has a method that encoding/json/v2 decodes it with.
func Decodes(t Type) bool { return Decoder(t) != "" }

// has reports whether t has any of the methods.
func has(t Type, methods []Method) bool { return first(t, methods) != "" }

// isText reports whether m encodes or decodes text, which JSON holds as a string.
func isText(m Method) bool { return m == AppendText || m == MarshalText || m == UnmarshalText }

// methods applies the rule for a type with its own encoding methods. It reports
// whether the encoding depends on these methods only.
func (w *walker) methods(t Type, at place) (opaque bool) {
	enc, dec := first(t, encoders), first(t, decoders)
	switch {
	case enc == "" && dec == "":
		return false
	case dec != "" && t.ByValue(dec) && len(t.Path(dec)) == 0 && !isSingle(t):
		w.some(at, fmt.Sprintf("has type %v, whose %s has no pointer receiver: it decodes into a copy (declare it on *%v)", t, dec, t))
	case dec == "":
		w.onlyEncodes(t, at, enc)
	case enc == "":
		w.onlyDecodes(t, at, dec)
		return false
	case isText(enc) != isText(dec):
		w.some(at, fmt.Sprintf("has type %v, which is encoded by %s but decoded by %s (%s)", t, enc, dec, remedy(t, counterpart[enc])))
	default:
		w.promoted(t, at, enc, dec)
	}
	return true
}

// remedy returns the advice for a type t without the method m.
func remedy(t Type, m Method) string {
	return fmt.Sprintf("add %s, or, if the type is not yours, send its fields or a type of your own", m)
}

// onlyEncodes applies the rule for a type that has the encoder enc and no decoder.
func (w *walker) onlyEncodes(t Type, at place, enc Method) {
	if t.Kind() == reflect.Struct && len(t.Path(enc)) == 0 && hasExported(t) && t.KeepsShape(enc) {
		w.legacy(t, at, enc)
		w.fields(t, at)
		return
	}
	w.some(at, fmt.Sprintf("has type %v, which has %s but no decoding method: values may be lost (%s)", t, enc, remedy(t, counterpart[enc])))
}

// onlyDecodes applies the rule for a type that has the decoder dec and no encoder. The
// decoder of a type that is no struct, such as an enumeration, is taken to accept the
// encoder's JSON, unless it reads text that is no string: Call tries it with each value.
func (w *walker) onlyDecodes(t Type, at place, dec Method) {
	switch {
	case at.quoted:
		w.some(at, fmt.Sprintf("has the option string in its json tag, but type %v, whose %s decodes a value without quotes (remove the option)", t, dec))
	case t.Kind() == reflect.String, t.Kind() != reflect.Struct && !isText(dec):
	case !isText(dec) && len(t.Path(dec)) == 0 && hasExported(t) && t.KeepsShape(dec):
		w.legacy(t, at, dec)
	default:
		w.some(at, fmt.Sprintf("has type %v, which has %s but no encoding method: values may be lost (%s)", t, dec, remedy(t, counterpart[dec])))
	}
}

// legacy reports a part of t that encoding/json, to which the method m hands it, encodes
// by another rule than the codec does.
func (w *walker) legacy(t Type, at place, m Method) {
	if part := differing(t, make(map[Type]bool)); part != nil {
		w.some(at, fmt.Sprintf("has type %v, whose %s hands %v to encoding/json, which encodes it differently (%s)", t, m, part, remedy(t, counterpart[m])))
	}
}

// differing returns a type in t that encoding/json encodes differently, or nil. Seen holds
// the types that were searched.
func differing(t Type, seen map[Type]bool) Type {
	if seen[t] {
		return nil
	}
	seen[t] = true
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		return differing(t.Elem(), seen)
	case reflect.Interface:
		return nil
	case reflect.Array:
		if isByte(t.Elem()) && t.Len() > 0 && !Encodes(t) {
			return t
		}
		return differing(t.Elem(), seen)
	}
	if MessageKindOf(t) == Message {
		return t
	}
	if t.Kind() != reflect.Struct || len(seen) > 1 && Encodes(t) {
		return nil
	}
	for i := range t.NumField() {
		f := t.Field(i)
		if (f.Exported || f.Embedded) && f.Tag.Get("json") != "-" {
			if part := differing(f.Type, seen); part != nil {
				return part
			}
		}
	}
	return nil
}

// hasExported reports whether the struct t has an exported field.
func hasExported(t Type) bool {
	for i := range t.NumField() {
		if t.Field(i).Exported {
			return true
		}
	}
	return false
}

// promoted reports encoding methods that are promoted to t from an embedded
// field, if they do not cover all of t.
func (w *walker) promoted(t Type, at place, enc, dec Method) {
	const remedy = "give the embedded field a name"
	writes, reads := t.Path(enc), t.Path(dec)
	along := structs(t, reads)
	switch {
	case len(writes) == 0 && len(reads) == 0:
	case len(writes) == 0:
		w.some(at, fmt.Sprintf("has type %v, which is encoded by its own %s but decoded by the %s of an embedded field (add %s)", t, enc, dec, counterpart[enc]))
	case len(reads) == 0 && !slices.ContainsFunc(structs(t, writes), siblings): // the decoder is taken to fit
	case len(reads) == 0:
		w.some(at, fmt.Sprintf("has type %v, which is encoded by the %s of an embedded field but decoded by its own %s (add %s)", t, enc, dec, counterpart[dec]))
	case !slices.Equal(writes, reads):
		w.some(at, fmt.Sprintf("has type %v, which is encoded by the %s of one embedded field but decoded by the %s of another (give these fields names)", t, enc, dec))
	case slices.ContainsFunc(along, siblings):
		w.some(at, fmt.Sprintf("has type %v, which is encoded by the %s of an embedded field: its other fields are lost (%s)", t, enc, remedy))
	case nillable(along, reads):
		w.some(at, fmt.Sprintf("has type %v, which is decoded by the %s of an embedded field: that field is nil in the callee (%s)", t, dec, remedy))
	}
}

// omitted applies the rule for a field with the option omitzero whose type has an
// IsZero promoted from an embedded field.
func (w *walker) omitted(t Type, at place) {
	if t = indirect(t); t.Kind() != reflect.Struct || !t.Has(IsZero) {
		return
	}
	path := t.Path(IsZero)
	switch along := structs(t, path); {
	case slices.ContainsFunc(along, siblings):
		w.some(at, fmt.Sprintf("has the option omitzero and type %v, whose IsZero is promoted from an embedded field: if that field is zero, the others are lost (give the embedded field a name)", t))
	case nillable(along, path):
		w.some(at, fmt.Sprintf("has the option omitzero and type %v, whose IsZero is promoted from an embedded field: it panics if that field is nil (embed it by value)", t))
	}
}

// structs returns the struct types along the path, one for each of its fields.
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

// siblings reports whether a struct with an embedded field has another field that
// holds data. An embedded field counts even if its tag excludes it from JSON: its
// methods are promoted all the same.
func siblings(t Type) bool {
	n := 0
	for i := range t.NumField() {
		f := t.Field(i)
		tag, ignored, _ := parseTag(f)
		switch {
		case f.Embedded && carries(indirect(f.Type)),
			f.Embedded && tag.named && f.Type.Kind() == reflect.Pointer, // whether it is nil is data too
			f.Exported && !f.Embedded && !ignored,
			hides(f):
			n++
		}
	}
	return n > 1
}

// carries reports whether a value of the embedded type t holds anything that an
// encoder sees. A mutex does not.
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
