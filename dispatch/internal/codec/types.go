package codec

import (
	"encoding"
	"reflect"

	"github.com/go-json-experiment/json"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/cloud-functions-dispatch/go/internal/argtype"
)

// A goType adapts a reflect.Type to the rules of package argtype.
type goType struct{ reflect.Type }

var _ argtype.Type = goType{}

func (t goType) Elem() argtype.Type { return goType{t.Type.Elem()} }
func (t goType) Key() argtype.Type  { return goType{t.Type.Key()} }

func (t goType) Field(i int) argtype.Field {
	return fieldOf(t.Type.Field(i))
}

func fieldOf(f reflect.StructField) argtype.Field {
	return argtype.Field{Name: f.Name, Type: goType{f.Type}, Tag: f.Tag, Embedded: f.Anonymous, Exported: f.IsExported()}
}

func (t goType) Has(m argtype.Method) bool {
	i := interfaces[m]
	return t.Implements(i) || reflect.PointerTo(t.Type).Implements(i)
}

func (t goType) Path(argtype.Method) []int      { return nil }
func (t goType) ByValue(argtype.Method) bool    { return false }
func (t goType) KeepsShape(argtype.Method) bool { return false }

var interfaces = map[argtype.Method]reflect.Type{
	argtype.MarshalJSONTo:     reflect.TypeFor[json.MarshalerTo](),
	argtype.MarshalJSON:       reflect.TypeFor[json.Marshaler](),
	argtype.AppendText:        reflect.TypeFor[encoding.TextAppender](),
	argtype.MarshalText:       reflect.TypeFor[encoding.TextMarshaler](),
	argtype.UnmarshalJSONFrom: reflect.TypeFor[json.UnmarshalerFrom](),
	argtype.UnmarshalJSON:     reflect.TypeFor[json.Unmarshaler](),
	argtype.UnmarshalText:     reflect.TypeFor[encoding.TextUnmarshaler](),
	argtype.IsZero:            reflect.TypeFor[interface{ IsZero() bool }](),
	argtype.ProtoReflect:      reflect.TypeFor[protoreflect.ProtoMessage](),
	argtype.ProtoMessage:      reflect.TypeFor[interface{ ProtoMessage() }](),
}
