package dispatch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"
	"runtime"

	"golang.org/x/sync/semaphore"

	"github.com/cloud-functions-dispatch/go/dispatch/internal/codec"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/registry"
	"github.com/cloud-functions-dispatch/go/internal/funcname"
)

// A Func is a registered function of type F. It is made by [Register] only,
// and is safe for concurrent use; nobody assigns to its fields.
type Func[F any] struct {
	// Call publishes a call of the function and returns when the queue has
	// accepted it, or, in a [Batch], when it is queued. The error says that
	// the call was not published, or that the context ended before it was
	// known whether it was.
	//
	// What cannot travel is refused before anything is published: a value
	// that JSON cannot hold, invalid UTF-8, more than the queue holds.
	Call F

	// Run is the function itself: it runs here and now, without a queue.
	Run F

	fn   *registry.Function
	opts callOptions
}

// Register makes fn callable from elsewhere, under its name: the import path
// of its package, a dot and its own name. F is func(context.Context, …) error
// and may be variadic.
//
// Call Register when package variables are initialized, or in init, and in a
// package that the callee can import. It panics, naming the function, the
// place and the cure, if fn is nil, of another form, in package main, a
// function literal, a method value or an instance of a generic function, if
// the type of a parameter can never be encoded, or if the name is taken.
func Register[F any](fn F, opts ...RegisterOption) *Func[F] {
	f, err := register(&registry.Default, fn, caller(), opts)
	if err != nil {
		panic(err)
	}
	return f
}

// caller returns the file:line that called Register.
func caller() string {
	_, file, line, ok := runtime.Caller(2)
	if !ok {
		return "an unknown place"
	}
	return fmt.Sprintf("%s:%d", file, line)
}

func register[F any](r *registry.Registry, fn F, where string, opts []RegisterOption) (*Func[F], error) {
	v := reflect.ValueOf(fn)
	if err := checkValue(reflect.TypeFor[F](), v); err != nil {
		return nil, fmt.Errorf("dispatch: register a value of type %T at %s: %w", fn, where, err)
	}
	symbol := runtime.FuncForPC(v.Pointer()).Name()
	f, o, err := newFunction(symbol, v, opts)
	if err == nil {
		f.Where = where
		err = r.Add(f)
	}
	if err != nil {
		return nil, fmt.Errorf("dispatch: register %s at %s: %w", funcname.Short(symbol), where, err)
	}
	out := &Func[F]{Run: fn, fn: f, opts: callOptions{queue: o.queue}}
	out.makeCall()
	return out, nil
}

// newFunction returns what the registry has to know of the function v.
func newFunction(symbol string, v reflect.Value, opts []RegisterOption) (*registry.Function, *registerOptions, error) {
	o, err := newRegisterOptions(opts)
	if err != nil {
		return nil, nil, err
	}
	signature, err := codec.Of(v.Type())
	if err != nil {
		return nil, nil, err
	}
	name, err := funcname.FromSymbol(symbol)
	if err != nil {
		return nil, nil, err
	}
	f := &registry.Function{Name: cmp.Or(o.name, name), Aliases: o.aliases, Value: v, Signature: signature, Timeout: o.timeout}
	if o.concurrency > 0 {
		f.Slots = semaphore.NewWeighted(int64(o.concurrency))
	}
	return f, o, nil
}

func checkValue(f reflect.Type, v reflect.Value) error {
	switch {
	case f.Kind() == reflect.Interface:
		return fmt.Errorf("the type argument of Register is %v, which has no Call (leave it out)", f)
	case f.Kind() != reflect.Func:
		return errors.New("it is not a function (want func(context.Context, …) error)")
	case v.IsNil():
		return errors.New("it is nil (register a top-level function)")
	}
	return nil
}

// makeCall makes Call a function of type F that publishes.
func (f *Func[F]) makeCall() {
	call := func(args []reflect.Value) []reflect.Value {
		ctx, _ := args[0].Interface().(context.Context)
		err := publish(ctx, f.fn, &f.opts, args[1:])
		result := reflect.New(errorType).Elem()
		if err != nil {
			result.Set(reflect.ValueOf(err))
		}
		return []reflect.Value{result}
	}
	f.Call = reflect.MakeFunc(f.fn.Value.Type(), call).Interface().(F)
}

var errorType = reflect.TypeFor[error]()

// Name returns the name that calls of the function carry.
func (f *Func[F]) Name() string { return f.fn.Name }

// String returns the name as Go code would write it.
func (f *Func[F]) String() string { return funcname.Short(f.fn.Name) }

// With returns a Func whose calls have opts besides the options of f. Without options
// it is a copy. If the value of an option is out of range, every call returns an error.
func (f *Func[F]) With(opts ...CallOption) *Func[F] {
	out := &Func[F]{Run: f.Run, fn: f.fn, opts: f.opts}
	out.opts.apply(opts)
	out.makeCall()
	return out
}
