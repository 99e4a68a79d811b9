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

// Protobuf is the import path of the package that encodes messages.
const Protobuf = "github.com/cloud-functions-dispatch/go/dispatch/protobuf"

// NeedsProtobuf is the problem of a type that [HasMessage] where [Protobuf] is not
// imported.
const NeedsProtobuf = `has a protocol buffer message, but dispatch/protobuf is not imported: Register panics (import _ "` + Protobuf + `" in the package that registers the function)`

// HasMessage reports whether a value of t may have a message, outside of interfaces. Its
// encoder is then needed.
func HasMessage(t Type) bool { return hasMessage(t, make(map[Type]bool)) }

func hasMessage(t Type, seen map[Type]bool) bool {
	if seen[t] {
		return false
	}
	seen[t] = true
	switch {
	case t.Kind() == reflect.Interface:
		return false
	case t.Kind() == reflect.Pointer:
		return hasMessage(t.Elem(), seen)
	case MessageKindOf(t) != NoMessage:
		return true
	case isTime(t) || Encodes(t):
		return false
	}
	switch t.Kind() {
	case reflect.Map:
		return hasMessage(t.Key(), seen) || hasMessage(t.Elem(), seen)
	case reflect.Slice, reflect.Array:
		return hasMessage(t.Elem(), seen)
	case reflect.Struct:
		for i := range t.NumField() {
			if f := t.Field(i); IsSent(f) && hasMessage(f.Type, seen) {
				return true
			}
		}
	}
	return false
}

// IsSent reports whether the encoder may see f.
func IsSent(f Field) bool { return (f.Exported || f.Embedded) && f.Tag.Get("json") != "-" }
