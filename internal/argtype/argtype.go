// Package argtype is the one rule for the types of arguments: which of them
// survive being encoded here and decoded there. It follows the codec as it is
// configured, which is encoding/json/v2 with nil slices and maps as null and
// durations as integers, and protojson for an argument that is a message.
//
// The rule is written on [Type], so that it can be asked of types at run time,
// by reflect, and of types in source code, by go/types. The codec's tests hold
// it against what really becomes of values.
package argtype

import "reflect"

// A Type is a Go type. Two of the same Go type are equal by ==. Its methods are
// those of [reflect.Type] where they have their names, and panic where those
// do.
type Type interface {
	Kind() reflect.Kind
	Name() string    // of a defined type; else empty
	PkgPath() string // of a defined type; else empty
	String() string  // as Go code writes it, with the names of packages
	Elem() Type
	Key() Type
	Len() int
	NumMethod() int // of an interface
	NumField() int
	Field(i int) Field

	// Has reports whether the type, which is neither a pointer nor an
	// interface, or the pointer to it has the method with its signature.
	Has(m Method) bool

	// Path returns the fields by whose embedding the type comes by a method
	// that it has, from the outside to the inside; none if it declares the
	// method itself, or if nobody can tell, as by reflect.
	Path(m Method) []int
}

// A Field is one field of a struct.
type Field struct {
	Name     string
	Type     Type
	Tag      reflect.StructTag
	Embedded bool
	Exported bool
}

// A Method is one of those that change how a value is encoded or decoded.
type Method string

// The methods, with the signatures of encoding, encoding/json/v2 and
// google.golang.org/protobuf/proto.
const (
	MarshalJSONTo     Method = "MarshalJSONTo"
	MarshalJSON       Method = "MarshalJSON"
	AppendText        Method = "AppendText"
	MarshalText       Method = "MarshalText"
	UnmarshalJSONFrom Method = "UnmarshalJSONFrom"
	UnmarshalJSON     Method = "UnmarshalJSON"
	UnmarshalText     Method = "UnmarshalText"
	IsZero            Method = "IsZero"
	ProtoReflect      Method = "ProtoReflect"
)

// A Problem is why values of a type do not survive the trip.
type Problem struct {
	// Never says that no value survives that says anything: even the zero value is
	// refused, or it is the only one.
	Never bool

	path string // to the culprit; empty if that is the type itself
	text string // what it is or has, and the cure in parentheses
}

// Describe says what is wrong with what, such as "argument 2 of thumbs.make".
func (p *Problem) Describe(what string) string {
	if p.path == "" {
		return what + " " + p.text
	}
	return what + ": " + p.path + " " + p.text
}

// Check returns the gravest problem of t as the type of a parameter, or nil.
// Values of a type without one survive, but for what only a value can decide:
// an element of type any that is more than JSON, a NaN, invalid UTF-8, an error
// of a marshaler.
//
// Fields that no encoder sees, unexported ones and those tagged json:"-", are
// left out of account in a struct that has others.
func Check(t Type) *Problem {
	w := walker{seen: make(map[visit]bool)}
	if t.Kind() == reflect.Pointer && IsMessage(t) {
		w.message(t.Elem())
	} else {
		if t.Kind() == reflect.Interface && t.NumMethod() > 0 {
			w.report(place{zero: true}, withMethods(t))
		}
		w.walk(t, place{zero: true})
	}
	if w.never != nil {
		return w.never
	}
	return w.lossy
}

// IsMessage reports whether an argument of type t goes through protojson. An
// interface does not: nothing would tell the callee which message to make.
func IsMessage(t Type) bool {
	if t.Kind() != reflect.Pointer || t.Name() != "" {
		return false
	}
	k := t.Elem().Kind()
	return k != reflect.Pointer && k != reflect.Interface && t.Elem().Has(ProtoReflect)
}
