package codec

import (
	"math/big"
	"reflect"
	"sync"
	"time"

	"github.com/cloud-functions-dispatch/go/internal/argtype"
)

// needs tells which types a parameter reaches that need more than the encoder's own
// rules.
type needs struct {
	rules   bool // a type that the codec has a rule for, including those below
	times   bool // a time, which has a rule if its zone is odd
	message bool // a protocol buffer message
	raw     bool // raw JSON
	custom  bool // a type with its own methods that is not known to be faithful
	own     bool // it is such a type itself
	fields  []field
	timesIn []int // the fields of a struct that reach times
}

// needsOf returns the needs of t.
func needsOf(t reflect.Type) needs {
	if known, ok := needsByType.Load(t); ok {
		return known.(needs)
	}
	var n needs
	n.add(t, make(map[reflect.Type]bool))
	n.message = argtype.HasMessage(goType{t})
	n.rules = n.rules || n.message || n.raw
	n.own = n.custom && ownMethods(t)
	if n.custom && !n.own && t.Kind() == reflect.Struct {
		n.fields = fieldsOf(t)
	}
	if n.times && t.Kind() == reflect.Struct && t != timeType {
		for i := range t.NumField() {
			if f := t.Field(i); isSent(f) && reaches(f.Type).times {
				n.timesIn = append(n.timesIn, i)
			}
		}
	}
	needsByType.Store(t, n)
	return n
}

// A field is a field of a struct that Verify compares.
type field struct {
	index int
	name  string
	omits bool // a method IsZero decides whether it is encoded
}

// fieldsOf returns the fields of the struct t that need to be compared.
func fieldsOf(t reflect.Type) (fields []field) {
	for i := range t.NumField() {
		f := t.Field(i)
		if isSent(f) && (omits(f) || reaches(f.Type).custom) {
			fields = append(fields, field{i, f.Name, omits(f)})
		}
	}
	return fields
}

// reaches returns what needsOf tells about the types that t reaches. Unlike needsOf it may
// be called while the needs of a type around t are not known yet.
func reaches(t reflect.Type) needs {
	var n needs
	n.add(t, make(map[reflect.Type]bool))
	return n
}

// needsByType caches the needs of each [reflect.Type].
var needsByType sync.Map

var (
	timeType  = reflect.TypeFor[time.Time]()
	floatType = reflect.TypeFor[big.Float]()
)

// add adds the needs of t and of the types in it. Seen holds the types that were added.
func (n *needs) add(t reflect.Type, seen map[reflect.Type]bool) {
	if seen[t] {
		return
	}
	seen[t] = true
	kind := argtype.MessageKindOf(goType{t})
	switch g := (goType{t}); {
	case t.Kind() == reflect.Interface:
		n.rules = true // it may hold a message
		return
	case t.Kind() == reflect.Pointer:
	case t == timeType:
		n.times = true
		return
	case t == floatType:
		n.rules = true
		return
	case kind == argtype.Message || kind == argtype.EmbedsMessage:
		return
	case kind == argtype.HoldsMessage:
	case isRaw(t):
		n.raw = true
		return
	case argtype.Encodes(g):
		n.raw = n.raw || isBytes(t)
		n.custom = n.custom || !argtype.IsFaithful(g)
		return
	case argtype.Decodes(g):
		n.custom = n.custom || !argtype.IsFaithful(g)
	}
	switch t.Kind() {
	case reflect.Map:
		n.add(t.Key(), seen)
		n.add(t.Elem(), seen)
	case reflect.Pointer, reflect.Slice, reflect.Array:
		n.add(t.Elem(), seen)
	case reflect.Struct:
		for i := range t.NumField() {
			if f := t.Field(i); isSent(f) {
				n.custom = n.custom || omits(f)
				n.add(f.Type, seen)
			}
		}
	}
}
