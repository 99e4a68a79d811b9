package argtype

import (
	"fmt"
	"reflect"
	"strings"
)

// A walker goes through what a type contains, and keeps the first problem of
// each gravity.
type walker struct {
	seen         map[visit]bool
	never, lossy *Problem
}

// A visit is what the verdict on a part depends on.
type visit struct {
	typ          Type
	zero, quoted bool
}

// A place is where in the argument a type stands.
type place struct {
	path   string
	zero   bool // the zero value of the argument holds a value of the type
	quoted bool // under the option string of a json tag
}

// elements is the path to what an argument of no name is made of.
const elements = "an element of it"

func (at place) element() place {
	path := at.path + "[]"
	if at.path == "" || at.path == elements {
		path = elements
	}
	return place{path: path}
}

func (at place) key() place {
	if at.path == "" || at.path == elements {
		return place{path: "a key of it"}
	}
	return place{path: at.path + "[key]"}
}

// field is the path to a field of the struct t, which is at this place. It
// begins with the name of a type.
func (at place) field(t Type, name string) string {
	path := at.path
	if path == "" || path == elements {
		path, _, _ = strings.Cut(t.Name(), "[") // without type arguments
	}
	if path == "" {
		return name
	}
	return path + "." + name
}

// report keeps a problem, which concerns every value of the type at this place.
func (w *walker) report(at place, text string) {
	p := &Problem{Never: at.zero, path: at.path, text: text}
	switch {
	case p.Never && w.never == nil:
		w.never = p
	case !p.Never && w.lossy == nil:
		w.lossy = p
	}
}

// some is report for what concerns some values only.
func (w *walker) some(at place, text string) {
	at.zero = false
	w.report(at, text)
}

func (w *walker) walk(t Type, at place) {
	v := visit{t, at.zero, at.quoted}
	if w.seen[v] {
		return
	}
	w.seen[v] = true
	switch {
	case endless(t):
		// The encoder would follow one that is not nil until the stack is full.
		at.zero = true
		w.report(at, fmt.Sprintf("has type %v, a pointer to nothing but pointers (take one to what should travel)", t))
	case t.Kind() == reflect.Pointer:
		at.zero = false // nil is null
		w.walk(t.Elem(), at)
	case t.Kind() == reflect.Interface:
		w.quotable(t, at)
		if t.NumMethod() > 0 {
			w.some(at, withMethods(t))
		}
	case isTime(t):
		w.quotable(t, at)
	case !w.methods(t, at):
		w.kind(t, at)
	}
}

// endless reports whether t is a pointer that leads to pointers only, as that of
// type P *P does.
func endless(t Type) bool {
	for range 100 { // more than anybody writes
		if t.Kind() != reflect.Pointer {
			return false
		}
		t = t.Elem()
	}
	return true
}

// kind is the rule for a type that has no encoding of its own.
func (w *walker) kind(t Type, at place) {
	switch t.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr,
		reflect.Float32, reflect.Float64:
	case reflect.Bool, reflect.String:
		w.quotable(t, at)
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

// elements walks the elements of a slice or an array. Those of type byte, but
// not of a defined type, are written together, in base64.
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

// isTime reports whether t is time.Time, which the encoder knows by itself.
func isTime(t Type) bool { return t.PkgPath() == "time" && t.Name() == "Time" }

// key is the rule for the type of a map's keys, which JSON writes as strings.
func (w *walker) key(t Type, at place) {
	const cure = "use keys of a string or an integer type"
	wrong := func(why string) { w.some(at, fmt.Sprintf("has type %v, %s (%s)", t, why, cure)) }
	switch k := t.Kind(); {
	case k == reflect.Pointer:
		wrong("and would be another pointer when it arrives")
	case k == reflect.Interface:
		w.walk(t, at)
	case isTime(t):
	case has(t, encoders) || has(t, decoders):
		if m := first(t, encoders); m == MarshalJSON || m == MarshalJSONTo {
			wrong("whose " + string(m) + " need not write a string, which a key has to be")
			return
		}
		w.methods(t, at)
	case k == reflect.Bool, k == reflect.Struct, k == reflect.Array && !isByte(t.Elem()):
		wrong("which JSON does not have as a key")
	default:
		w.walk(t, at)
	}
}

// quotable reports the option string of a json tag on what is no number.
func (w *walker) quotable(t Type, at place) {
	if at.quoted {
		w.report(at, fmt.Sprintf(`has the option string in its json tag, which encoding/json/v2 refuses on type %v (leave it out: it is for numbers)`, t))
	}
}

func withMethods(t Type) string {
	return fmt.Sprintf("has type %v, an interface with methods, which cannot be decoded, since nothing tells its dynamic type (take a concrete type)", t)
}

func unencodable(t Type) string {
	cure := "it has a meaning in this process only: send the data it stands for"
	if k := t.Kind(); k == reflect.Complex64 || k == reflect.Complex128 {
		cure = "JSON has no form for it: send its parts"
	}
	return fmt.Sprintf("has type %v, which cannot be encoded (%s)", t, cure)
}
