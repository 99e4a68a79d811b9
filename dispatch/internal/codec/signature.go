package codec

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/cloud-functions-dispatch/go/internal/argtype"
)

// A Signature encodes and decodes the arguments of one function. It is immutable and
// safe for concurrent use.
type Signature struct {
	params   []param
	variadic bool // the last of params is the element of a variadic parameter
	digits   bool // one of params may have numbers of many digits

	exponents bool // one of params may have numbers that exponents make large
	verified  bool // one of params needs Verify
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

// encoding returns the JSON options that encode v, a value of p.
func (p *param) encoding(v reflect.Value) json.Options {
	if p.needs.rules || p.needs.times && hasOddZone(v, 0) {
		return ruled
	}
	return options
}

// decoding returns the JSON options that decode values of p.
func (p *param) decoding() json.Options {
	if p.needs.raw || p.needs.message {
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
	params := slices.Collect(fn.Ins())
	if len(params) > 0 && params[0] == contextType {
		params = params[1:]
	} else {
		mistakes = append(mistakes, fmt.Errorf("the first parameter of %v is not a context.Context (%w)", fn, errForm))
		params = slices.DeleteFunc(params, func(t reflect.Type) bool { return t == contextType }) // it is in the wrong place
	}
	if remedy := resultsRemedy(fn); remedy != "" {
		mistakes = append(mistakes, fmt.Errorf("the result of %v is not one error (%s)", fn, remedy))
	}
	s := &Signature{variadic: fn.IsVariadic()}
	for i, whole := range params {
		t := whole
		if s.variadic && i == len(params)-1 {
			t = t.Elem()
		}
		if p := argtype.Check(goType{t}, pkg); p != nil && p.Never {
			mistakes = append(mistakes, errors.New(p.Describe(fmt.Sprintf("argument %d", i+1))))
			continue
		}
		s.add(i+1, t, whole)
	}
	if i := slices.IndexFunc(s.params, func(p param) bool { return p.needs.message }); i >= 0 && equalMessages == nil {
		mistakes = append(mistakes, fmt.Errorf("argument %d (%v) %s", s.params[i].index, s.params[i].typ, argtype.NeedsProtobuf))
	}
	if len(mistakes) > 0 {
		return nil, mistakes
	}
	return s, nil
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

// add adds the parameter i of type t. For a variadic parameter, t is the type of its
// elements, and whole the type of the parameter.
func (s *Signature) add(i int, t, whole reflect.Type) {
	p := paramOf(i, t)
	p.cost = costOf(whole, p.needs.message)
	s.digits = s.digits || p.cost.digits || p.needs.message
	s.exponents = s.exponents || p.cost.exponents
	s.verified = s.verified || p.needs.custom
	s.params = append(s.params, p)
}
