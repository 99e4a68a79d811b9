package codec

import (
	"context"
	"errors"
	"fmt"
	"reflect"

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

	options json.Options
}

// paramOf returns the parameter of type t, without its cost.
func paramOf(index int, t reflect.Type) param {
	p := param{index: index, typ: t, needs: needsOf(t), options: options}
	if p.needs.rules {
		p.options = ruled
	}
	return p
}

var (
	contextType = reflect.TypeFor[context.Context]()
	errorType   = reflect.TypeFor[error]()
)

// errForm is the form that every dispatched function has.
var errForm = errors.New("want func(context.Context, …) error")

// Of returns the signature of a function type, or an error that says why
// functions of that type cannot be dispatched.
func Of(fn reflect.Type) (*Signature, error) {
	if fn == nil || fn.Kind() != reflect.Func {
		return nil, fmt.Errorf("type %v is not a function (%w)", fn, errForm)
	}
	if fn.NumIn() == 0 || fn.In(0) != contextType {
		return nil, fmt.Errorf("the first parameter of %v is not a context.Context (%w)", fn, errForm)
	}
	if fn.NumOut() != 1 || fn.Out(0) != errorType {
		return nil, fmt.Errorf("the result of %v is not one error (%w)", fn, errForm)
	}
	s := &Signature{variadic: fn.IsVariadic()}
	for i := 1; i < fn.NumIn(); i++ {
		t := fn.In(i)
		if s.variadic && i == fn.NumIn()-1 {
			t = t.Elem()
		}
		if p := argtype.Check(goType{t}); p != nil && p.Never {
			return nil, errors.New(p.Describe(fmt.Sprintf("argument %d", i)))
		}
		p := paramOf(i, t)
		p.cost = costOf(fn.In(i), p.needs.message)
		s.digits = s.digits || p.cost.digits || p.needs.message
		s.exponents = s.exponents || p.cost.exponents
		s.verified = s.verified || p.needs.custom
		s.params = append(s.params, p)
	}
	return s, nil
}
