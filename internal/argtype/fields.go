package argtype

import (
	"fmt"
	"reflect"
)

// fields walks the fields of a struct as encoding/json/v2 finds them: those of
// the structs that it embeds count as its own, and of several with one name in
// JSON the one that is least deep, or alone has its name from a tag.
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

// A layout is what the fields of a struct are in JSON.
type layout struct {
	*walker
	zero      bool // as in the place of the struct
	seen      map[Type]bool
	queue     []embedded
	all       []field
	fallbacks []field // maps and raw JSON, tagged to be embedded, by depth
}

// An embedded struct contributes its fields. The first is the struct itself.
type embedded struct {
	typ      Type
	at       place
	depth    int
	children bool // look into what it embeds itself
	nillable bool // its fields are behind a pointer
	lost     bool // that pointer cannot be set
}

// A field is one member of the JSON object.
type field struct {
	name     string
	named    bool // by its tag
	depth    int
	typ      Type // of a fallback: that of any member, or nil for raw JSON
	at       place
	settable bool
	absent   bool // always: its only value is left out
}

const unsettable = "is reached through an embedded pointer to a struct that is not exported, which cannot be decoded (export the struct, or embed it by value)"

// refuse reports what has encoding/json/v2 refuse the whole struct.
func (l *layout) refuse(path, text string) {
	l.report(place{path: path, zero: l.zero}, text)
}

func (l *layout) structType(e embedded) {
	names := make(map[string]string) // the field of each name
	var hasTag, hasField, hasFallback bool
	for i := range e.typ.NumField() {
		f := e.typ.Field(i)
		path := e.at.field(e.typ, f.Name)
		_, tagged := f.Tag.Lookup("json")
		hasTag = hasTag || tagged
		t, ignored, err := parseTag(f)
		if err != nil {
			l.refuse(path, fmt.Sprintf("has a json tag that encoding/json/v2 refuses: it %v (correct the tag)", err))
			continue
		}
		if ignored {
			continue
		}
		hasField = true
		at := place{path: path, zero: e.at.zero && !e.nillable && !t.omitzero, quoted: t.quoted}
		if t.omitzero {
			l.omitted(f.Type, at)
		}
		if l.embeds(f, &t, path) {
			if l.embed(e, f, t, at) {
				if hasFallback {
					l.refuse(path, "is a second field with the option embed that takes any member, which encoding/json/v2 refuses (keep one)")
				}
				hasFallback = true
			}
			continue
		}
		if !f.Exported && !l.reachable(f, t, at) {
			continue
		}
		if other, taken := names[t.name]; taken {
			l.refuse(path, fmt.Sprintf("has the name %q in JSON, which %s has too, and encoding/json/v2 refuses that (give it another)", t.name, other))
		}
		names[t.name] = f.Name
		l.all = append(l.all, field{name: t.name, named: t.named, depth: e.depth, typ: f.Type, at: at, settable: !e.lost,
			absent: t.omitzero && isSingle(f.Type) && !f.Type.Has(IsZero)})
	}
	if e.typ.NumField() > 0 && !hasTag && !hasField {
		l.refuse(e.at.path, fmt.Sprintf("has type %v, which has no exported field, so that nothing of it would travel (export what should travel, or give it MarshalJSON and UnmarshalJSON; a handle the callee opens itself, in dispatch.OnStart)", e.typ))
	}
}

// embeds reports whether the members of f's value count as the struct's own.
func (l *layout) embeds(f Field, t *tag, path string) bool {
	if !f.Embedded || t.named {
		return t.embed
	}
	if indirect(f.Type).Kind() == reflect.Struct {
		return true
	}
	l.refuse(path, fmt.Sprintf("embeds %v, which is no struct, and encoding/json/v2 refuses that (give it a name, in Go or in a json tag)", f.Type))
	return t.embed
}

// embed takes in what f embeds. It reports whether that is a fallback, which
// takes any member.
func (l *layout) embed(e embedded, f Field, t tag, at place) (fallback bool) {
	typ := indirect(f.Type)
	if t.named || t.omitzero || t.omitempty || t.quoted || t.caseless {
		l.refuse(at.path, "is embedded, and its json tag has more than the option embed, which encoding/json/v2 refuses (leave the rest out)")
	}
	raw := isRaw(typ)
	if !raw && (has(typ, encoders) || has(typ, decoders)) {
		l.refuse(at.path, fmt.Sprintf("embeds %v, which has methods to encode or decode itself, and encoding/json/v2 refuses that beside other fields (give the embedded field a name)", typ))
	}
	switch {
	case typ.Kind() == reflect.Struct:
		if e.children {
			l.queue = append(l.queue, embedded{
				typ: typ, at: place{path: at.path, zero: at.zero}, depth: e.depth + 1, children: !l.seen[typ],
				nillable: e.nillable || f.Type.Kind() == reflect.Pointer,
				lost:     e.lost || f.Type.Kind() == reflect.Pointer && !f.Exported,
			})
		}
		l.seen[typ] = true
		return false
	case !f.Exported:
		l.refuse(at.path, "has the option embed but is not exported, which encoding/json/v2 refuses (export it)")
		return false
	case raw:
		l.fallbacks = append(l.fallbacks, field{depth: e.depth, at: at, settable: !e.lost})
		return true
	case typ.Kind() == reflect.Map && typ.Key().Kind() == reflect.String:
		if has(typ.Key(), encoders) || has(typ.Key(), decoders) {
			l.refuse(at.path, fmt.Sprintf("has the option embed and keys of type %v, which have methods to encode or decode themselves, and encoding/json/v2 refuses that (use string)", typ.Key()))
		}
		l.fallbacks = append(l.fallbacks, field{depth: e.depth, typ: typ.Elem(), at: at, settable: !e.lost})
		return true
	default:
		l.refuse(at.path, fmt.Sprintf("has the option embed on type %v, and encoding/json/v2 refuses that (use a struct, a map of strings, or jsontext.Value)", f.Type))
		return false
	}
}

// reachable reports whether an embedded field with a name in JSON can be
// encoded although it is not exported.
func (l *layout) reachable(f Field, t tag, at place) bool {
	typ, path := indirect(f.Type), at.path
	switch {
	case typ.Kind() != reflect.Struct:
		l.refuse(path, "has a json tag but is not exported, which encoding/json/v2 refuses (export it, or tag it json:\"-\")")
	case has(typ, encoders) || has(typ, decoders) || t.omitzero && typ.Has(IsZero):
		l.refuse(path, fmt.Sprintf("embeds %v, whose methods cannot be called since it is not exported, and encoding/json/v2 refuses that (export it)", typ))
	case f.Type.Kind() == reflect.Pointer:
		at.zero = at.zero && !t.omitempty // which leaves out null
		l.report(at, "is an embedded pointer to a struct that is not exported, which cannot be decoded (export the struct, or embed it by value)")
		return true // it has its name all the same
	default:
		return true
	}
	return false
}

// indirect returns what t points to if it is a pointer of no name, which is the
// only kind that Go embeds.
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
