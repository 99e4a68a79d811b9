package codec

import (
	"reflect"
	"strings"
	"time"
	"unsafe"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/cloud-functions-dispatch/go/internal/argtype"
)

// A comparison finds the first value of a type with its own methods that did not arrive.
type comparison struct {
	path      argtype.Path
	typ       reflect.Type
	text      string // what becomes of the value; empty if all arrived
	undecided bool   // a type hides its data, and has no method to compare it

	seen map[[2]unsafe.Pointer]bool // pointers whose targets were compared
}

func (c *comparison) describe() string { return describe(c.path, c.typ, c.text) }

func (c *comparison) fail(path argtype.Path, t reflect.Type) {
	if c.text == "" {
		c.path, c.typ, c.text = path, t, changes
	}
}

// custom compares a and b, which have the same type and are at the path. It looks only at
// values of types with their own methods: others arrive.
func (c *comparison) custom(a, b reflect.Value, path argtype.Path) {
	n := needsOf(a.Type())
	switch {
	case c.text != "" || !n.custom:
		return
	case n.own:
		if !c.same(a, b) {
			c.fail(path, a.Type())
		}
		return
	}
	switch a.Kind() {
	case reflect.Pointer:
		switch {
		case a.IsNil():
		case !b.IsNil():
			c.custom(a.Elem(), b.Elem(), path)
		case ownMethods(a.Type().Elem()):
			c.fail(path, a.Type())
		}
	case reflect.Slice, reflect.Array:
		for i := range min(a.Len(), b.Len()) {
			c.custom(a.Index(i), b.Index(i), path.Element())
		}
	case reflect.Map:
		for k, e := range a.Seq2() {
			if other := b.MapIndex(k); other.IsValid() {
				c.custom(e, other, path.Element())
			} else if needsOf(k.Type()).custom {
				c.fail(path.Key(), k.Type())
			}
		}
	case reflect.Struct:
		c.fields(a, b, path, n.fields)
	}
}

// fields compares the given fields of two structs.
func (c *comparison) fields(a, b reflect.Value, path argtype.Path, fields []field) {
	for _, f := range fields {
		at := path.Field(goType{a.Type()}, f.name)
		x, y := a.Field(f.index), b.Field(f.index)
		if !f.omits {
			c.custom(x, y, at)
		} else if !c.same(x, y) {
			c.fail(at, x.Type())
		}
	}
}

// isSent reports whether the encoder may see f.
func isSent(f reflect.StructField) bool {
	return argtype.IsSent(fieldOf(f))
}

// omits reports whether a method IsZero decides if f is encoded.
func omits(f reflect.StructField) bool {
	_, tag, _ := strings.Cut(f.Tag.Get("json"), ",")
	return strings.Contains(tag, "omitzero") && f.Type.Implements(interfaces[argtype.IsZero]) && f.Type.Kind() != reflect.Interface && f.Type != timeType
}

// ownMethods reports whether t has its own methods to encode or decode.
func ownMethods(t reflect.Type) bool {
	return t.Kind() != reflect.Pointer && t.Kind() != reflect.Interface && (argtype.Encodes(goType{t}) || argtype.Decodes(goType{t}))
}

// same reports whether a and b, which have the same type, are the same value by what the
// type says of itself: by a method Equal or Cmp, as messages, as times, or by the fields
// that are exported.
func (c *comparison) same(a, b reflect.Value) bool {
	if same, ok := Equal(a, b); ok {
		return same
	}
	switch a.Kind() {
	case reflect.Pointer, reflect.Interface:
		if a.IsNil() || b.IsNil() {
			return a.IsNil() && b.IsNil()
		}
		return a.Elem().Type() == b.Elem().Type() && (c.again(a, b) || c.same(a.Elem(), b.Elem()))
	case reflect.Slice, reflect.Array:
		if a.Len() != b.Len() {
			return false
		}
		for i := range a.Len() {
			if !c.same(a.Index(i), b.Index(i)) {
				return false
			}
		}
		return true
	case reflect.Map:
		if a.Len() != b.Len() {
			return false
		}
		for k, e := range a.Seq2() {
			if other := b.MapIndex(k); !other.IsValid() || !c.same(e, other) {
				return false
			}
		}
		return true
	case reflect.Struct:
		return c.sameFields(a, b)
	case reflect.Func, reflect.Chan, reflect.UnsafePointer:
		return true
	}
	return a.Equal(b)
}

// again reports whether a and b are pointers whose targets were compared before.
func (c *comparison) again(a, b reflect.Value) bool {
	if a.Kind() != reflect.Pointer {
		return false
	}
	pair := [2]unsafe.Pointer{a.UnsafePointer(), b.UnsafePointer()}
	if c.seen[pair] {
		return true
	}
	if c.seen == nil {
		c.seen = make(map[[2]unsafe.Pointer]bool)
	}
	c.seen[pair] = true
	return false
}

// sameFields is same for structs. Unexported fields may be caches, so only the JSON of the
// whole can tell whether they matter.
func (c *comparison) sameFields(a, b reflect.Value) bool {
	for i := range a.NumField() {
		switch f := a.Type().Field(i); {
		case f.Tag.Get("json") == "-":
		case f.IsExported():
			if !c.same(a.Field(i), b.Field(i)) {
				return false
			}
		default:
			c.undecided = true
		}
	}
	return true
}

// Equal compares a and b, which have the same type, as messages, as times, or by a method
// Equal of the type or of the pointer to it, or, if it has no exported field, by Cmp or
// Compare. If none is possible, ok is false.
func Equal(a, b reflect.Value) (same, ok bool) {
	if !a.CanInterface() || a.Kind() == reflect.Interface || a.Kind() == reflect.Pointer {
		return false, false // a pointer's methods may not accept nil
	}
	switch {
	case a.Type().ConvertibleTo(timeType):
		return a.Convert(timeType).Interface().(time.Time).Equal(b.Convert(timeType).Interface().(time.Time)), true
	case equalMessages != nil && argtype.MessageKindOf(goType{a.Type()}) == argtype.Message:
		return equalMessages(pointer(a).Interface().(protoreflect.ProtoMessage), pointer(b).Interface().(protoreflect.ProtoMessage)), true
	}
	for _, pair := range [][2]reflect.Value{{a, b}, {pointer(a), pointer(b)}} {
		v := pair[0]
		// With names that are constants, the linker keeps only methods with these names.
		if m := v.MethodByName("Equal"); compares(m, v.Type(), reflect.Bool) {
			return m.Call(pair[1:])[0].Bool(), true
		}
		if hasExported(a.Type()) { // Cmp and Compare may look at one field only
			continue
		}
		for _, m := range []reflect.Value{v.MethodByName("Cmp"), v.MethodByName("Compare")} {
			if compares(m, v.Type(), reflect.Int) {
				return m.Call(pair[1:])[0].Int() == 0, true
			}
		}
	}
	return false, false
}

// hasExported reports whether t is a struct with an exported field.
func hasExported(t reflect.Type) bool {
	for i := 0; t.Kind() == reflect.Struct && i < t.NumField(); i++ {
		if t.Field(i).IsExported() {
			return true
		}
	}
	return false
}

// pointer returns a pointer to v or to a copy of it.
func pointer(v reflect.Value) reflect.Value {
	if v.CanAddr() {
		return v.Addr()
	}
	p := reflect.New(v.Type())
	p.Elem().Set(v)
	return p
}

// compares reports whether the method m of a value of type t takes another value of its
// type and returns one of the kind. An embedded field's method takes another type.
func compares(m reflect.Value, t reflect.Type, result reflect.Kind) bool {
	return m.IsValid() && m.Type().NumIn() == 1 && m.Type().In(0) == t && m.Type().NumOut() == 1 && m.Type().Out(0).Kind() == result
}
