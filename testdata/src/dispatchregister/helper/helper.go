// Package helper has functions that register what they are given.
package helper

import (
	"context"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

// Prefix is of the names that Named gives.
const Prefix = "helper."

// Task registers fn, with what the others here want.
func Task[F any](fn F, opts ...dispatch.RegisterOption) *dispatch.Func[F] {
	opts = append(opts, dispatch.Queue("tasks"))
	return dispatch.Register(fn, opts...)
}

// Slow registers fn for the callee with much time.
func Slow[F any](fn F, opts ...dispatch.RegisterOption) *dispatch.Func[F] {
	if len(opts) > 8 {
		panic("too many options")
	}
	return dispatch.Register(fn, append(opts, dispatch.Queue("slow"))...)
}

// Named registers fn under a name below Prefix, and an old one.
func Named[F any](name string, fn F, old dispatch.RegisterOption) *dispatch.Func[F] {
	return Slow(fn, dispatch.Name(Prefix+name), old)
}

// A Registry registers for a queue.
type Registry struct{}

// Add registers fn.
func (*Registry) Add(fn func(context.Context) error) { Slow(fn) }

// Maybe registers fn if there is something to do.
func Maybe(do bool, fn func(context.Context) error) {
	if do {
		dispatch.Register(fn) // want `a function is registered under a condition`
	}
}

// Each registers all of fns.
func Each(fns ...func(context.Context) error) {
	for _, fn := range fns {
		dispatch.Register(fn) // want `what is passed to dispatch.Register cannot be read`
	}
}

// Twice registers two functions.
func Twice(a, b func(context.Context) error) {
	dispatch.Register(a)
	dispatch.Register(b, dispatch.Alias("b"))
}

// Late registers fn when it pleases.
func Late(fn func(context.Context) error) {
	go dispatch.Register(fn) // want `a function is registered after init`
}

// Reset forgets the options.
func Reset(fn func(context.Context) error, opts ...dispatch.RegisterOption) {
	if len(opts) > 1 {
		opts = nil
	}
	dispatch.Register(fn, opts...) // want `options passed to dispatch.Register as a slice cannot be read`
}

// Another does not register what it is given.
func Another(fn func(context.Context) error) {
	fn = nil
	dispatch.Register(fn) // want `what is passed to dispatch.Register cannot be read`
}
