package codec

import (
	"fmt"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// maxDepth is how deep JSON may be nested, by jsontext and by protojson.
const maxDepth = 10_000

var tooDeep = fmt.Sprintf("it is nested more than %d deep, or has a cycle (send it flatter)", maxDepth)

// deep reports whether the messages in m, which is at the given depth, are
// nested deeper than maxDepth.
func deep(m protoreflect.Message, depth int) bool {
	if depth == maxDepth {
		return true
	}
	found := false
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case f.IsMap():
			if f.MapValue().Message() == nil {
				break
			}
			v.Map().Range(func(_ protoreflect.MapKey, v protoreflect.Value) bool {
				found = deep(v.Message(), depth+1)
				return !found
			})
		case f.Message() == nil:
		case f.IsList():
			for i := range v.List().Len() {
				found = found || deep(v.List().Get(i).Message(), depth+1)
			}
		default:
			found = deep(v.Message(), depth+1)
		}
		return !found
	})
	return found
}
