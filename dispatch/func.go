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

// A Func is a registered function of type F. Only [Register] makes one. It is safe for
// concurrent use; do not assign to its fields.
type Func[F any] struct {
	// Call publishes a call of the function and returns when the queue has
	// accepted it, or, in a [Batch], when it is buffered in this process. It returns an
	// error if the call was not published, or if the context was done before the queue
	// answered.
	//
	// Before it publishes anything, Call returns an error for arguments that cannot
	// be sent: a value that JSON cannot hold, invalid UTF-8, or more bytes than the
	// queue accepts.
	Call F

	// Run is the function itself. It runs in this process, without a queue.
	Run F

	fn   *registry.Function
	opts callOptions
}

// Register registers fn, so that you can call it through a queue. Its name is the
// import path of its package, a dot and the function's name. F is func(context.Context,
// …) error and may be variadic.
//
// Call Register in the initializer of a package variable or in init, in a package that
// the callee can import. Register panics if fn is nil, has another form, is in package
// main, or is a function literal, a method value or an instance of a generic function. It
// also panics if a parameter has a type that can never be encoded, if the name is taken,
// or if the value of an option is out of range. The panic names the function, the file
// and line, and the remedy.
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
	fail := func(err error) error {
		return fmt.Errorf("dispatch: register %s at %s: %w", funcname.Short(symbol), where, err)
	}
	var mistakes codec.Mistakes
	f, err := registry.NewFunction(symbol, v)
	if err != nil {
		mistakes = append(mistakes, err)
	}
	o, err := newRegisterOptions(opts)
	if err != nil {
		mistakes = append(mistakes, err)
	}
	if len(mistakes) > 0 {
		return nil, fail(mistakes)
	}
	f.Where, f.Name, f.Aliases, f.Timeout = where, cmp.Or(o.name, f.Name), o.aliases, o.timeout
	if o.concurrency > 0 {
		f.Slots = semaphore.NewWeighted(int64(o.concurrency))
	}
	if err := r.Add(f); err != nil {
		return nil, fail(err)
	}
	out := &Func[F]{Run: fn, fn: f, opts: callOptions{queue: o.queue}}
	out.makeCall()
	return out, nil
}

// checkValue returns an error if the type argument f is not a function type or v is not
// a function.
func checkValue(f reflect.Type, v reflect.Value) error {
	switch {
	case f.Kind() == reflect.Interface:
		return fmt.Errorf("the type argument of Register is %v, which is not a function type (leave it out)", f)
	case f.Kind() != reflect.Func:
		return errors.New("it is not a function (want func(context.Context, …) error)")
	case v.IsNil():
		return errors.New("it is nil (register a top-level function)")
	}
	return nil
}

// makeCall sets Call to a function of type F that publishes.
func (f *Func[F]) makeCall() {
	call := func(args []reflect.Value) []reflect.Value {
		ctx, _ := args[0].Interface().(context.Context)
		err := publish(ctx, f.fn, &f.opts, args[1:])
		if err == nil {
			return noError
		}
		result := reflect.New(errorType).Elem()
		result.Set(reflect.ValueOf(err))
		return []reflect.Value{result}
	}
	f.Call = reflect.MakeFunc(f.fn.Value.Type(), call).Interface().(F)
}

var (
	errorType = reflect.TypeFor[error]()

	// noError are the results of a call that succeeded. Package reflect only reads them.
	noError = []reflect.Value{reflect.Zero(errorType)}
)

// Name returns the name of the function, which its calls carry.
func (f *Func[F]) Name() string { return f.fn.Name }

// String returns the name in the form of Go code, such as thumbs.makeThumb.
func (f *Func[F]) String() string { return funcname.Short(f.fn.Name) }

// With returns a copy of f that makes calls with opts, in addition to the options of f.
// If the value of an option is out of range, every call returns an error.
func (f *Func[F]) With(opts ...CallOption) *Func[F] {
	out := &Func[F]{Run: f.Run, fn: f.fn, opts: f.opts}
	out.opts.apply(opts)
	out.makeCall()
	return out
}
