// Package refused has every form of function without a name.
package refused

import (
	"context"
	"reflect"
)

type T struct{ n int }

func (t T) M(context.Context) error  { return nil }
func (t *T) P(context.Context) error { return nil }

type G[E any] struct{ e E }

func (g G[E]) M(context.Context) error { return nil }

type Sender interface{ Send(context.Context) error }

type mail struct{}

func (mail) Send(context.Context) error { return nil }

func Generic[E any](context.Context, E) error { return nil }

// InVar is a literal in a package variable.
var InVar = func(context.Context) error { return nil }

var inInit any

func init() { inInit = func(context.Context) error { return nil } }

// Captured returns a literal that captures a variable.
func Captured(n int) any {
	return func(context.Context) error { println(n); return nil }
}

// small is inlined into Inlined, and so is its literal.
func small() func(context.Context) error {
	return func(context.Context) error { return nil }
}

func Inlined() any { return small() }

func nested() any {
	return func() any { return func(context.Context) error { return nil } }()
}

func deferred() (f any) {
	defer func() { f = func(context.Context) error { return nil } }()
	return nil
}

func ranged() (f any) {
	seq := func(yield func(int) bool) { yield(1) }
	for range seq {
		f = func(context.Context) error { return nil }
	}
	return f
}

// All maps a description of each function to the function.
func All() map[string]any {
	var s Sender = mail{}
	return map[string]any{
		"literal":                      func(context.Context) error { return nil },
		"literal in a variable":        InVar,
		"literal in init":              inInit,
		"literal with a capture":       Captured(1),
		"literal of an inlined":        Inlined(),
		"literal in a literal":         nested(),
		"literal in a defer":           deferred(),
		"literal in a range":           ranged(),
		"method value":                 T{}.M,
		"method value of a pointer":    (&T{}).P,
		"method value of a generic":    G[int]{}.M,
		"method value of an interface": s.Send,
		"method expression":            T.M,
		"method expression, pointer":   (*T).P,
		"method expression, promoted":  (*T).M,
		"method expression, generic":   G[string].M,
		"method expression, interface": Sender.Send,
		"generic instance":             Generic[int],
		"generic instance of own type": Generic[T],
		"made by reflect": reflect.MakeFunc(reflect.TypeFor[func(context.Context) error](),
			func([]reflect.Value) []reflect.Value { return nil }).Interface(),
		"method by reflect": reflect.ValueOf(T{}).Method(0).Interface(),
	}
}
