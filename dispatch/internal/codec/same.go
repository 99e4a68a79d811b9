package codec

import (
	"bytes"
	"reflect"

	"github.com/cloud-functions-dispatch/go/internal/argtype"
)

// Type returns t for the rules of package argtype.
func Type(t reflect.Type) argtype.Type { return goType{t} }

// SameJSON reports whether the type of a and b, which they share, encodes itself, and if
// so, whether it encodes both alike.
func SameJSON(a, b reflect.Value) (own, same bool) {
	if !a.CanInterface() || !argtype.Encodes(goType{a.Type()}) {
		return false, false
	}
	p := paramOf(0, a.Type())
	var x, y bytes.Buffer
	return true, p.encode(&x, a) == nil && p.encode(&y, b) == nil && bytes.Equal(x.Bytes(), y.Bytes())
}
