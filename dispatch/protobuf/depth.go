package protobuf

import (
	"cmp"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/cloud-functions-dispatch/go/dispatch/internal/codec"
)

const unknownFields = "it has fields that its type does not know, which protojson drops (update the type)"

// checkFields returns why protojson would not encode all of m, which is at the given depth,
// or "". Messages nested deeper than codec.MaxDepth would overflow its stack.
func checkFields(m protoreflect.Message, depth int) (problem string) {
	switch {
	case depth == codec.MaxDepth:
		return codec.TooDeep
	case len(m.GetUnknown()) > 0:
		return unknownFields
	}
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case f.IsMap():
			if f.MapValue().Message() == nil {
				break
			}
			v.Map().Range(func(_ protoreflect.MapKey, v protoreflect.Value) bool {
				problem = checkFields(v.Message(), depth+1)
				return problem == ""
			})
		case f.Message() == nil:
		case f.IsList():
			for i := range v.List().Len() {
				problem = cmp.Or(problem, checkFields(v.List().Get(i).Message(), depth+1))
			}
		default:
			problem = checkFields(v.Message(), depth+1)
		}
		return problem == ""
	})
	return problem
}
