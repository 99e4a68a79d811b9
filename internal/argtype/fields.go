package argtype

import (
	"fmt"
	"reflect"
)

// fields walks the fields of a struct as encoding/json/v2 finds them. The fields
// of an embedded struct count as its own. Of several fields with the same JSON
// name, the shallowest is encoded. At equal depth, the one named by a tag is
// encoded, if there is only one.
func (w *walker) fields(t Type, at place) {
	l := layout{walker: w, zero: at.zero, seen: map[Type]bool{t: true}}
	l.queue = []embedded{{typ: t, at: at, children: true}}
	for len(l.queue) > 0 {
		e := l.queue[0]
		l.queue = l.queue[1:]
		l.structType(e)
	}
	l.dominant()
	l.fallback()
}

// A layout collects the fields of a struct as members of a JSON object.
type layout struct {
	*walker
	zero      bool // of the place of the struct
	seen      map[Type]bool
	queue     []embedded
	all       []field
	fallbacks []field // maps and raw JSON with the option embed, by depth
}

// An embedded is a struct with fields that count as fields of the layout's struct.
// The first in the queue is that struct itself.
type embedded struct {
	typ      Type
	at       place
	depth    int
	children bool // also visit the structs that it embeds
	nillable bool // its fields are behind a pointer
	lost     bool // that pointer cannot be set by the decoder
}

// A field is one member of the JSON object.
type field struct {
	name     string
	named    bool // the name comes from the tag
	depth    int
	typ      Type // of a fallback: the type of its members, or nil for raw JSON
	at       place
	settable bool
	absent   bool // never encoded: its only value is omitted
}

const unsettable = "is reached through an embedded pointer to an unexported struct: it cannot be decoded (export the struct, or embed it by value)"

// refuse reports a mistake for which encoding/json/v2 rejects the whole struct.
func (l *layout) refuse(at place, text string) {
	at.zero = l.zero
	l.report(at, text)
}

// structType adds the fields of one struct to the layout.
func (l *layout) structType(e embedded) {
	names := make(map[string]string) // JSON name to field name
	var hasTag, hasField, hasFallback bool
	var hidden []place
	for i := range e.typ.NumField() {
		f := e.typ.Field(i)
		at := place{path: e.at.path.Field(e.typ, f.Name), foreign: e.at.foreign}
		_, tagged := f.Tag.Lookup("json")
		hasTag = hasTag || tagged
		t, ignored, err := parseTag(f)
		if err != nil {
			l.refuse(at, fmt.Sprintf("has a json tag that encoding/json/v2 rejects: it %v (correct the tag)", err))
			continue
		}
		if ignored {
			if hides(f) && !isGenerated(e.typ) {
				hidden = append(hidden, at)
			}
			continue
		}
		hasField = true
		at.zero, at.quoted = e.at.zero && !e.nillable && !t.omitzero, t.quoted
		if t.omitzero {
			l.omitted(f.Type, at)
		}
		if l.embeds(f, &t, at) {
			if l.embed(e, f, t, at) {
				if hasFallback {
					l.refuse(at, "is a second field with the option embed that takes any JSON member: encoding/json/v2 rejects the struct (keep one of them)")
				}
				hasFallback = true
			}
			continue
		}
		if !f.Exported && !l.reachable(f, t, at) {
			continue
		}
		if other, taken := names[t.name]; taken {
			l.refuse(at, fmt.Sprintf("has the JSON name %q, as does %s: encoding/json/v2 rejects the struct (give it another name)", t.name, other))
		}
		names[t.name] = f.Name
		l.all = append(l.all, field{name: t.name, named: t.named, depth: e.depth, typ: f.Type, at: at, settable: !e.lost,
			absent: t.omitzero && isSingle(f.Type) && !f.Type.Has(IsZero)})
	}
	if hasField || hasTag {
		for _, at := range hidden {
			l.some(at, "is not exported, so it does not travel ("+ownRemedy(e.typ, `export it, or tag it json:"-" to say that it may be lost`)+")")
		}
	}
	if e.typ.NumField() > 0 && !hasTag && !hasField {
		l.refuse(e.at, fmt.Sprintf("has type %v, which has no exported field: nothing of it would be encoded (%s)", e.typ, ownRemedy(e.typ, "export the fields to send, or add MarshalJSON and UnmarshalJSON")))
	}
}

// embeds reports whether the members of f's value count as members of the struct.
func (l *layout) embeds(f Field, t *tag, at place) bool {
	if !f.Embedded || t.named {
		return t.embed
	}
	if indirect(f.Type).Kind() == reflect.Struct {
		return true
	}
	l.refuse(at, fmt.Sprintf("embeds %v, which is not a struct: encoding/json/v2 rejects it (give the field a name, in Go or in a json tag)", f.Type))
	return t.embed
}

// embed adds the embedded field f. It reports whether f is a fallback, which
// takes any member.
func (l *layout) embed(e embedded, f Field, t tag, at place) (fallback bool) {
	typ := indirect(f.Type)
	if t.named || t.omitzero || t.omitempty || t.quoted || t.caseless {
		l.refuse(at, "is embedded, but its json tag has more than the option embed: encoding/json/v2 rejects it (remove the rest of the tag)")
	}
	raw := isRaw(typ)
	if MessageKindOf(typ) == Message {
		l.some(at, fmt.Sprintf("embeds %v, a protocol buffer message: its fields cannot be encoded beside others (give the embedded field a name)", typ))
	}
	if !raw && (has(typ, encoders) || has(typ, decoders)) {
		l.refuse(at, fmt.Sprintf("embeds %v, which has its own methods to encode or decode: encoding/json/v2 rejects it beside other fields (give the embedded field a name)", typ))
	}
	switch {
	case typ.Kind() == reflect.Struct:
		if e.children {
			l.queue = append(l.queue, embedded{
				typ: typ, at: l.enter(typ, place{path: at.path, zero: at.zero, foreign: at.foreign}), depth: e.depth + 1, children: !l.seen[typ],
				nillable: e.nillable || f.Type.Kind() == reflect.Pointer,
				lost:     e.lost || f.Type.Kind() == reflect.Pointer && !f.Exported,
			})
		}
		l.seen[typ] = true
		return false
	case !f.Exported:
		l.refuse(at, "has the option embed but is not exported: encoding/json/v2 rejects it (export it)")
		return false
	case raw:
		l.fallbacks = append(l.fallbacks, field{depth: e.depth, at: at, settable: !e.lost})
		return true
	case typ.Kind() == reflect.Map && typ.Key().Kind() == reflect.String:
		if has(typ.Key(), encoders) || has(typ.Key(), decoders) {
			l.refuse(at, fmt.Sprintf("has the option embed and keys of type %v, which has its own methods to encode or decode: encoding/json/v2 rejects it (use string keys)", typ.Key()))
		}
		l.fallbacks = append(l.fallbacks, field{depth: e.depth, typ: typ.Elem(), at: at, settable: !e.lost})
		return true
	default:
		l.refuse(at, fmt.Sprintf("has the option embed and type %v: encoding/json/v2 rejects it (use a struct, a map with string keys, or jsontext.Value)", f.Type))
		return false
	}
}

// reachable reports whether an unexported embedded field with a JSON name can be
// encoded all the same.
func (l *layout) reachable(f Field, t tag, at place) bool {
	typ := indirect(f.Type)
	switch {
	case typ.Kind() != reflect.Struct:
		l.refuse(at, "has a json tag but is not exported: encoding/json/v2 rejects it (export it, or tag it json:\"-\")")
	case has(typ, encoders) || has(typ, decoders) || t.omitzero && typ.Has(IsZero):
		l.refuse(at, fmt.Sprintf("embeds %v, which is not exported, so its methods cannot be called: encoding/json/v2 rejects it (export it)", typ))
	case f.Type.Kind() == reflect.Pointer:
		at.zero = at.zero && !t.omitempty // omitempty leaves out null
		l.report(at, "is an embedded pointer to an unexported struct: it cannot be decoded (export the struct, or embed it by value)")
		return true // it takes its name nevertheless
	default:
		return true
	}
	return false
}

// indirect returns the element type of t if t is an unnamed pointer, the only
// kind of pointer that can be embedded. Otherwise it returns t.
func indirect(t Type) Type {
	if t.Kind() == reflect.Pointer && t.Name() == "" {
		return t.Elem()
	}
	return t
}

// isRaw reports whether t is jsontext.Value, raw JSON.
func isRaw(t Type) bool {
	switch t.PkgPath() {
	case "github.com/go-json-experiment/json/jsontext", "encoding/json/jsontext":
		return t.Name() == "Value"
	}
	return false
}
