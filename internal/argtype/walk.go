package argtype

import (
	"fmt"
	"reflect"
)

// A walker visits the parts of a type, and keeps the first problem of each
// severity.
type walker struct {
	pkg          string // import path of the function's package
	seen         map[visit]bool
	never, lossy *Problem
}

// A visit holds all that the verdict on a part depends on.
type visit struct {
	typ          Type
	zero, quoted bool
}

// A place is the position of a type within the argument.
type place struct {
	path   Path
	zero   bool // the zero value of the argument contains a value of the type
	quoted bool // the json tag has the option string

	// foreign is the outermost type on the path that the user cannot change, because it is
	// of another module or an old generator's, or nil.
	foreign Type
}

func (at place) element() place { return place{path: at.path.Element(), foreign: at.foreign} }
func (at place) key() place     { return place{path: at.path.Key(), foreign: at.foreign} }

// enter returns the place of t itself, which may be the first foreign type.
func (w *walker) enter(t Type, at place) place {
	if at.foreign == nil && (isForeign(t, w.pkg) || isOldMessage(t)) {
		at.foreign = t
	}
	return at
}

// report records a problem of every value of the type at this place.
func (w *walker) report(at place, text string) {
	if at.foreign != nil {
		text = withRemedy(text, foreignRemedy(at.foreign))
	}
	p := &Problem{Never: at.zero, path: at.path, text: text}
	switch {
	case p.Never && w.never == nil:
		w.never = p
	case !p.Never && w.lossy == nil:
		w.lossy = p
	}
}

// some records a problem that only some values have.
func (w *walker) some(at place, text string) {
	at.zero = false
	w.report(at, text)
}

// walk records the problems of t at a place.
func (w *walker) walk(t Type, at place) {
	v := visit{t, at.zero, at.quoted}
	if w.seen[v] {
		return
	}
	w.seen[v] = true
	at = w.enter(t, at)
	switch {
	case endless(t):
		// The encoder would follow a non-nil pointer until the stack overflows.
		at.zero = true
		w.report(at, fmt.Sprintf("has type %v, a pointer that leads only to pointers (use a pointer to a value)", t))
	case t.Kind() == reflect.Pointer:
		if t.Elem().Kind() == reflect.Pointer {
			w.quotable(t, at)
		}
		at.zero = false // the zero value is nil, which is encoded as null
		w.walk(t.Elem(), at)
	case t.Kind() == reflect.Interface:
		w.quotable(t, at)
		if t.NumMethod() > 0 {
			w.some(at, withMethods(t))
		}
	case isTime(t):
		w.quotable(t, at)
	default:
		w.value(t, at)
	}
}

// value walks t, which is neither a pointer nor an interface.
func (w *walker) value(t Type, at place) {
	if loss, ok := verdict(t); ok {
		if loss != "" {
			at.foreign = nil // the loss has its own remedy
			w.some(at, fmt.Sprintf("has type %v, %s", t, loss))
		}
		if !Encodes(t) {
			w.quotable(t, at)
		}
		return
	}
	switch MessageKindOf(t) {
	case Message:
		return
	case EmbedsMessage:
		w.report(at, fmt.Sprintf("has type %v, which embeds a protocol buffer message: its fields cannot be encoded beside others (give the embedded field a name)", t))
		return
	}
	if !w.methods(t, at) {
		w.kind(t, at)
	}
}

// endless reports whether t is a pointer that leads only to pointers, such as
// type P *P.
func endless(t Type) bool {
	for range 100 { // deeper than any pointer in real code
		if t.Kind() != reflect.Pointer {
			return false
		}
		t = t.Elem()
	}
	return true
}

// kind applies the rule for a type without its own encoding methods.
func (w *walker) kind(t Type, at place) {
	switch t.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr,
		reflect.Float32, reflect.Float64, reflect.Bool, reflect.String:
	case reflect.Slice, reflect.Array:
		w.quotable(t, at)
		w.elements(t, at)
	case reflect.Map:
		w.quotable(t, at)
		w.key(t.Key(), at.key())
		w.walk(t.Elem(), at.element())
	case reflect.Struct:
		w.quotable(t, at)
		w.fields(t, at)
	default:
		w.report(at, unencodable(t))
	}
}

// elements walks the elements of a slice or an array. Elements of type byte are
// encoded together, in base64, unless their type is a defined type.
func (w *walker) elements(t Type, at place) {
	elem := at.element()
	if t.Kind() == reflect.Array {
		if t.Len() == 0 {
			return
		}
		elem.zero = at.zero
	}
	if !isByte(t.Elem()) {
		w.walk(t.Elem(), elem)
	}
}

func isByte(t Type) bool { return t.Kind() == reflect.Uint8 && t.PkgPath() == "" }

// isTime reports whether t is time.Time, for which the encoder has its own rule.
func isTime(t Type) bool { return t.PkgPath() == "time" && t.Name() == "Time" }

// key applies the rule for the type of a map's keys, which JSON writes as strings.
func (w *walker) key(t Type, at place) {
	const remedy = "use keys of a string or integer type"
	wrong := func(why string) { w.some(at, fmt.Sprintf("has type %v, %s (%s)", t, why, remedy)) }
	switch k := t.Kind(); {
	case k == reflect.Pointer:
		wrong("which is a different pointer in the callee")
	case k == reflect.Interface:
		w.walk(t, at)
	case isTime(t):
	case has(t, encoders) || has(t, decoders):
		if m := first(t, encoders); (m == MarshalJSON || m == MarshalJSONTo) && !t.Has(MarshalText) {
			wrong("whose " + string(m) + " may write something other than a string, but a key must be a string")
			return
		}
		if dec := Decoder(t); !Encodes(t) && !isText(dec) && k != reflect.String {
			wrong("whose " + string(dec) + " gets a string, as a key is")
			return
		}
		w.methods(t, at)
	case k == reflect.Bool, k == reflect.Struct, k == reflect.Array && !isByte(t.Elem()):
		wrong("which JSON cannot have as a key")
	default:
		w.walk(t, at)
	}
}

// quotable reports the option string of a json tag on a type that has no such form.
func (w *walker) quotable(t Type, at place) {
	if at.quoted {
		w.report(at, fmt.Sprintf(`has the option string in its json tag: encoding/json/v2 rejects it on type %v (remove it: it is for numbers, bools and strings)`, t))
	}
}
