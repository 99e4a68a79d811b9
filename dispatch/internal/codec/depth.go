package codec

import (
	"fmt"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// maxDepth limits the nesting of JSON. It is the limit of jsontext and of protojson.
const maxDepth = 10_000

var tooDeep = fmt.Sprintf("it is nested more than %d deep, or has a cycle (flatten it)", maxDepth)

// exceedsDepth reports whether the messages in m, which is at the given depth, are
// nested deeper than maxDepth.
func exceedsDepth(m protoreflect.Message, depth int) bool {
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
				found = exceedsDepth(v.Message(), depth+1)
				return !found
			})
		case f.Message() == nil:
		case f.IsList():
			for i := range v.List().Len() {
				found = found || exceedsDepth(v.List().Get(i).Message(), depth+1)
			}
		default:
			found = exceedsDepth(v.Message(), depth+1)
		}
		return !found
	})
	return found
}
