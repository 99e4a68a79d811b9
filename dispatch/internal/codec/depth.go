package codec

import (
	"cmp"
	"fmt"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// maxDepth limits the nesting of JSON. It is the limit of jsontext and of protojson.
const maxDepth = 10_000

var tooDeep = fmt.Sprintf("it is nested more than %d deep, or has a cycle (flatten it)", maxDepth)

const unknownFields = "it has fields that its type does not know, which protojson drops (update the type)"

// checkFields returns why protojson would not encode all of m, which is at the given depth,
// or "". Messages nested deeper than maxDepth would overflow its stack.
func checkFields(m protoreflect.Message, depth int) (problem string) {
	switch {
	case depth == maxDepth:
		return tooDeep
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
