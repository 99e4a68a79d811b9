package codec

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	"github.com/cloud-functions-dispatch/go/internal/argtype"
)

// A Signature encodes and decodes the arguments of one function. It is immutable and
// safe for concurrent use.
type Signature struct {
	params   []param
	variadic bool // the last of params is the element of a variadic parameter
	digits   bool // one of params may have numbers of many digits

	exponents bool // one of params may have numbers that exponents make large
}

// A param is one parameter after the context.
type param struct {
	index int // from 1, as in messages
	typ   reflect.Type
	proto bool // typ is a proto.Message
	null  bool // typ is *structpb.Value, for which null is a value
	cost  cost
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
		p := param{index: i, typ: t, proto: argtype.IsMessage(goType{t}), null: isValue(t)}
		p.cost = costOf(fn.In(i), p.proto)
		s.digits = s.digits || p.cost.digits || p.proto
		s.exponents = s.exponents || p.cost.exponents
		s.params = append(s.params, p)
	}
	return s, nil
}

// isValue reports whether t is *structpb.Value. It compares names, because not every
// callee links that package.
func isValue(t reflect.Type) bool {
	return t.Kind() == reflect.Pointer && t.Elem().Name() == "Value" &&
		t.Elem().PkgPath() == "google.golang.org/protobuf/types/known/structpb"
}
