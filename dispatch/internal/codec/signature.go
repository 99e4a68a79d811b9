package codec

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/go-json-experiment/json"

	"github.com/cloud-functions-dispatch/go/internal/argtype"
)

// A Signature encodes and decodes the arguments of one function. It is immutable and
// safe for concurrent use.
type Signature struct {
	types    []reflect.Type // of the parameters after the context
	variadic bool           // the last of them is a slice, for a variadic parameter

	// What the types need is found out when the signature is used: a program may register
	// a thousand functions, and call one.
	preparing sync.Once
	params    []param // the type of the last is that of an element, if it is variadic
	digits    bool    // one of params may have numbers of many digits
	exponents bool    // one of params may have numbers that exponents make large
	verified  bool    // one of params needs Verify
}

// prepare sets the fields below preparing. Every method calls it first.
func (s *Signature) prepare() {
	s.preparing.Do(func() {
		for i, whole := range s.types {
			p := paramOf(i+1, s.element(i))
			p.cost = costOf(whole, p.needs.message)
			s.digits = s.digits || p.cost.digits || p.needs.message
			s.exponents = s.exponents || p.cost.exponents
			s.verified = s.verified || p.needs.custom
			s.params = append(s.params, p)
		}
	})
}

// element returns the type of the parameter with the index i, or of its elements if it is
// variadic.
func (s *Signature) element(i int) reflect.Type {
	if s.variadic && i == len(s.types)-1 {
		return s.types[i].Elem()
	}
	return s.types[i]
}

// A param is one parameter after the context.
type param struct {
	index int // from 1, as in messages
	typ   reflect.Type
	needs needs
	cost  cost
	plain bool // appendPlain may encode it
}

// paramOf returns the parameter of type t, without its cost.
func paramOf(index int, t reflect.Type) param {
	return param{index: index, typ: t, needs: needsOf(t), plain: t.PkgPath() == ""}
}

// encoding returns the JSON options that encode v, a value of p. A type with its own
// methods may encode others under the same options.
func (p *param) encoding(v reflect.Value) json.Options {
	n := &p.needs
	if n.rules || n.times && (n.custom || hasOddZone(v, 0)) {
		return ruled
	}
	return options
}

// decoding returns the JSON options that decode values of p.
func (p *param) decoding() json.Options {
	n := &p.needs
	if n.raw || n.message || n.custom && (n.rules || n.times) {
		return ruled
	}
	return options
}

var (
	contextType = reflect.TypeFor[context.Context]()
	errorType   = reflect.TypeFor[error]()
)

// errForm is the form that every dispatched function has.
var errForm = errors.New("want func(context.Context, …) error")

// Mistakes are all mistakes of a registration, on one line.
type Mistakes []error

func (m Mistakes) Error() string {
	var texts []string
	for _, err := range m {
		texts = append(texts, err.Error())
	}
	return strings.Join(texts, "; ")
}

func (m Mistakes) Unwrap() []error { return m }

// Of returns the signature of a function type, or the [Mistakes] that keep functions of
// that type from being dispatched.
func Of(fn reflect.Type) (*Signature, error) { return In("", fn) }

// In is like [Of] for a function in the package with the import path pkg.
func In(pkg string, fn reflect.Type) (*Signature, error) {
	if fn == nil || fn.Kind() != reflect.Func {
		return nil, fmt.Errorf("type %v is not a function (%w)", fn, errForm)
	}
	var mistakes Mistakes
	s := &Signature{types: make([]reflect.Type, 0, fn.NumIn()), variadic: fn.IsVariadic()}
	for t := range fn.Ins() {
		s.types = append(s.types, t)
	}
	if len(s.types) > 0 && s.types[0] == contextType {
		s.types = s.types[1:]
	} else {
		mistakes = append(mistakes, fmt.Errorf("the first parameter of %v is not a context.Context (%w)", fn, errForm))
		s.types = slices.DeleteFunc(s.types, func(t reflect.Type) bool { return t == contextType }) // it is in the wrong place
	}
	if remedy := resultsRemedy(fn); remedy != "" {
		mistakes = append(mistakes, fmt.Errorf("the result of %v is not one error (%s)", fn, remedy))
	}
	mistakes = append(mistakes, s.check(pkg)...)
	if len(mistakes) > 0 {
		return nil, mistakes
	}
	return s, nil
}

// check returns the mistakes in the types of a function in the package with the import
// path pkg.
func (s *Signature) check(pkg string) (mistakes Mistakes) {
	message := 0 // the first argument that has one
	for i := range s.types {
		t := s.element(i)
		if budget := maxSimple; isSimple(t, &budget) {
			continue
		}
		if p := argtype.Check(goType{t}, pkg); p != nil && p.Never {
			mistakes = append(mistakes, errors.New(p.Describe(fmt.Sprintf("argument %d", i+1))))
		} else if message == 0 && argtype.HasMessage(goType{t}) {
			message = i + 1
		}
	}
	if message > 0 && equalMessages == nil {
		mistakes = append(mistakes, fmt.Errorf("argument %d (%v) %s", message, s.element(message-1), argtype.NeedsProtobuf))
	}
	return mistakes
}

// resultsRemedy returns the remedy for the results of fn, or "" if they are one error.
func resultsRemedy(fn reflect.Type) string {
	hasError, implements := false, false
	for t := range fn.Outs() {
		hasError = hasError || t == errorType
		implements = implements || t.Kind() != reflect.Interface && t.Implements(errorType)
	}
	return argtype.Results(fn.NumOut(), hasError, implements)
}
