package argtype

import "reflect"

// A MessageKind says how values of a type with the method ProtoReflect are encoded.
type MessageKind int

const (
	NoMessage     MessageKind = iota
	Message                   // by protojson
	HoldsMessage              // field by field: it embeds a message under a JSON name
	EmbedsMessage             // not at all: the fields of an embedded message would count as its own
)

// MessageKindOf returns the kind of t. An interface is no message: the callee could not
// tell which message to create.
func MessageKindOf(t Type) MessageKind {
	if t.Kind() == reflect.Pointer || t.Kind() == reflect.Interface || !t.Has(ProtoReflect) {
		return NoMessage
	}
	if t.Kind() != reflect.Struct {
		return Message
	}
	kind := Message // a generated message embeds nothing
	for i := range t.NumField() {
		f := t.Field(i)
		typ := indirect(f.Type)
		switch {
		case !f.Embedded:
		case typ.Kind() == reflect.Interface:
			kind = max(kind, HoldsMessage)
		case !typ.Has(ProtoReflect):
		default:
			kind = max(kind, kindByEmbedding(f, typ))
		}
	}
	return kind
}

// kindByEmbedding returns the kind of a struct because it has the embedded field f, whose
// type is typ or a pointer to it.
func kindByEmbedding(f Field, typ Type) MessageKind {
	if tag, ignored, _ := parseTag(f); tag.named || ignored || MessageKindOf(typ) == HoldsMessage {
		return HoldsMessage
	}
	return EmbedsMessage
}
