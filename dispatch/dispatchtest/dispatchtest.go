// Package dispatchtest helps to test code that dispatches calls, and the
// functions that are dispatched.
//
// A [Queue] keeps the calls of a test. The test looks at them with arguments of
// the function's own types:
//
//	q := dispatchtest.New(t)
//	upload(q.Context(), "a.jpg") // the code under test
//	if err := dispatchtest.Called(q, thumbs.Make)(q.Context(), "a.jpg", 320); err != nil {
//		t.Error(err)
//	}
//
// Or it has them executed, as a callee would, with arguments that were encoded
// and decoded:
//
//	if err := q.Run(); err != nil {
//		t.Error(err)
//	}
package dispatchtest

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/codec"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/registry"
)

// Called returns a function that reports whether f was called with its
// arguments: it returns nil if q holds such a call, and otherwise an error that
// shows the calls of f that it holds. The context does not matter, nor where the
// call was to go, by which ordering key and when.
func Called[F any](q *Queue, f *dispatch.Func[F]) F {
	s := signature[F]()
	called := func(args []reflect.Value) []reflect.Value {
		result := reflect.New(reflect.TypeFor[error]()).Elem()
		if err := called(q, f.Name(), s, args[1:]); err != nil {
			result.Set(reflect.ValueOf(err))
		}
		return []reflect.Value{result}
	}
	return reflect.MakeFunc(reflect.TypeFor[F](), called).Interface().(F)
}

func called(q *Queue, name string, s *codec.Signature, args []reflect.Value) error {
	want, err := s.Encode(nil, args)
	if err != nil {
		return fmt.Errorf("dispatchtest: encode what %s should have been called with: %w", name, err)
	}
	var others []string
	for _, c := range q.Calls() {
		if c.Name != name {
			continue
		}
		if c.Args == string(want) {
			return nil
		}
		others = append(others, "\n\t"+c.Args)
	}
	return fmt.Errorf("dispatchtest: %s was not called with\n\t%s\nits other calls: %d%s", name, want, len(others), strings.Join(others, ""))
}

// Count returns how many calls of f are in q.
func Count[F any](q *Queue, f *dispatch.Func[F]) int {
	n := 0
	for _, c := range q.Calls() {
		if c.Name == f.Name() {
			n++
		}
	}
	return n
}

// Each runs fn, in place of f, with the decoded arguments of each call of f in
// q, in the order in which they were made. The context tells of the call, as
// [dispatch.FromContext] has it. Each returns the errors of fn, joined.
func Each[F any](q *Queue, f *dispatch.Func[F], fn F) error {
	double := &registry.Function{Name: f.Name(), Signature: signature[F](), Value: reflect.ValueOf(fn)}
	var errs []error
	for _, c := range q.Calls() {
		if c.Name != f.Name() {
			continue
		}
		ctx := registry.NewContext(q.Context(), registry.Info{ID: c.ID, Name: c.Name, Attempt: 1, Time: c.Time})
		args, err := double.Signature.Decode([]byte(c.Args))
		if err != nil {
			errs = append(errs, fmt.Errorf("dispatchtest: decode arguments of %s: %w", c.Name, err))
			continue
		}
		errs = append(errs, double.Call(ctx, args))
	}
	return errors.Join(errs...)
}

// signature is that of a registered function, which has one.
func signature[F any]() *codec.Signature {
	s, err := codec.Of(reflect.TypeFor[F]())
	if err != nil {
		panic(fmt.Errorf("dispatchtest: %w", err))
	}
	return s
}
