// Package dispatchtest helps you test code that makes calls, and the functions that are
// called.
//
// A [Queue] records the calls of a test. Check them with arguments of the function's
// own types:
//
//	q := dispatchtest.New(t)
//	upload(q.Context(), "a.jpg") // the code under test
//	if err := dispatchtest.Called(q, thumbs.Make)(q.Context(), "a.jpg", 320); err != nil {
//		t.Error(err)
//	}
//
// Or execute them, as a callee would, with arguments that were encoded and decoded:
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

// Called returns a function that checks whether f was called with the given arguments.
// The returned function returns nil if q has such a call, and otherwise an error that
// lists the calls of f in q. It ignores the context, and the queue, ordering key and
// due time of the calls.
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

// called returns nil if q has a call of the named function with args.
func called(q *Queue, name string, s *codec.Signature, args []reflect.Value) error {
	want, err := s.Encode(args)
	if err != nil {
		return fmt.Errorf("dispatchtest: encode the expected arguments of %s: %w", name, err)
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

// Each runs fn instead of f for each call of f in q, in the order of the calls, with
// the decoded arguments. [dispatch.FromContext] describes the call. Each returns the
// errors of fn, joined.
func Each[F any](q *Queue, f *dispatch.Func[F], fn F) error {
	double := &registry.Function{Name: f.Name(), Signature: signature[F](), Value: reflect.ValueOf(fn)}
	var errs []error
	for _, c := range q.Calls() {
		if c.Name != f.Name() {
			continue
		}
		ctx := registry.Invoke(q.Context(), registry.Info{ID: c.ID, Name: c.Name, Attempt: 1, Time: c.Time})
		args, err := double.Signature.Decode([]byte(c.Args))
		if err != nil {
			errs = append(errs, fmt.Errorf("dispatchtest: decode arguments of %s: %w", c.Name, err))
			continue
		}
		errs = append(errs, double.Call(ctx, args))
	}
	return errors.Join(errs...)
}

// signature returns the signature of F, the type of a registered function, which is
// valid.
func signature[F any]() *codec.Signature {
	s, err := codec.Of(reflect.TypeFor[F]())
	if err != nil {
		panic(fmt.Errorf("dispatchtest: %w", err))
	}
	return s
}
