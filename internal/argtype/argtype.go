// Package argtype holds the one rule for the types of arguments: which of them
// survive encoding in the caller and decoding in the callee. It follows the
// configuration of the codec: encoding/json/v2 with nil slices and maps as null,
// durations as integers, and the options omitempty and string as in encoding/json, and
// protojson for messages.
//
// The rule is written on [Type], so that it applies both to types at run time,
// by reflect, and to types in source code, by go/types. The tests of the codec
// compare it with the actual result of encoding and decoding values.
package argtype

import "reflect"

// A Type is a Go type. Two Types of the same Go type are equal by ==. A method
// that has the name of a method of [reflect.Type] does the same, and panics in
// the same cases.
type Type interface {
	Kind() reflect.Kind
	Name() string    // of a defined type; otherwise empty
	PkgPath() string // of a defined type; otherwise empty
	String() string  // as in Go code, qualified by package names
	Elem() Type
	Key() Type
	Len() int
	NumMethod() int // of an interface
	NumField() int
	Field(i int) Field

	// Has reports whether the type or the pointer to it has the method, with
	// the expected signature. The type is neither a pointer nor an interface.
	Has(m Method) bool

	// Path returns the indexes of the embedded fields through which a method is
	// promoted to the type, outermost first. It is empty if the type declares
	// the method itself, or if the path is unknown, as with reflect.
	Path(m Method) []int

	// ByValue reports whether the method, which the type has, is declared with a
	// receiver that is not a pointer. It is false if that is unknown.
	ByValue(m Method) bool

	// KeepsShape reports whether the method, which the type has, encodes or
	// decodes the receiver as a struct of the same fields without methods. It
	// is false if that is unknown.
	KeepsShape(m Method) bool
}

// A Field is one field of a struct.
type Field struct {
	Name     string
	Type     Type
	Tag      reflect.StructTag
	Embedded bool
	Exported bool
}

// A Method is the name of a method that changes how a value is encoded or decoded.
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
	ProtoMessage      Method = "ProtoMessage"
)

// A Problem describes why values of a type do not survive encoding and decoding.
type Problem struct {
	// Never is true if no meaningful value survives: either even the zero value
	// is rejected, or the zero value is the only one that survives.
	Never bool

	path Path   // to the offending part
	text string // the problem of that part, and the remedy in parentheses
}

// Describe returns the problem as a message about what, such as
// "argument 2 of thumbs.make".
func (p *Problem) Describe(what string) string {
	if p.path == "" {
		return what + " " + p.text
	}
	return what + ": " + string(p.path) + " " + p.text
}

// Check returns the most serious problem of t as the type of a parameter of a function
// in the package with the import path pkg, or nil. The remedy depends on pkg: a type of
// another module cannot be changed. If pkg is "", only those of the standard library
// count as such.
//
// Values of a type without a problem survive, except where it depends on the
// value: an any that holds more than plain JSON, a NaN, invalid UTF-8, an error of
// a marshaler, or a value that the type's own decoder refuses or changes.
//
// Check ignores fields tagged json:"-", and unexported fields that hold no data of
// their own, such as a mutex, a pointer or a function.
func Check(t Type, pkg string) *Problem {
	w := walker{pkg: pkg, seen: make(map[visit]bool)}
	if t.Kind() == reflect.Interface && t.NumMethod() > 0 {
		w.report(w.enter(t, place{zero: true}), withMethods(t))
	}
	w.walk(t, place{zero: true})
	if w.never != nil {
		return w.never
	}
	return w.lossy
}
