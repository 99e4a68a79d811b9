// Package helper has functions that register their arguments.
package helper

import (
	"context"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

// Prefix begins the names that Named sets.
const Prefix = "helper."

// Task registers fn for the queue tasks.
func Task[F any](fn F, opts ...dispatch.RegisterOption) *dispatch.Func[F] {
	opts = append(opts, dispatch.Queue("tasks"))
	return dispatch.Register(fn, opts...)
}

// Slow registers fn for the callee with long timeouts.
func Slow[F any](fn F, opts ...dispatch.RegisterOption) *dispatch.Func[F] {
	if len(opts) > 8 {
		panic("too many options")
	}
	return dispatch.Register(fn, append(opts, dispatch.Queue("slow"))...)
}

// Named registers fn under a name that begins with Prefix, and an old name.
func Named[F any](name string, fn F, old dispatch.RegisterOption) *dispatch.Func[F] {
	return Slow(fn, dispatch.Name(Prefix+name), old)
}

// A Registry registers functions for the queue slow.
type Registry struct{}

// Add registers fn.
func (*Registry) Add(fn func(context.Context) error) { Slow(fn) }

// Maybe registers fn if do is true.
func Maybe(do bool, fn func(context.Context) error) {
	if do {
		dispatch.Register(fn) // want `a function is registered under a condition`
	}
}

// Each registers all of fns.
func Each(fns ...func(context.Context) error) {
	for _, fn := range fns {
		dispatch.Register(fn) // want `function passed to dispatch.Register cannot be determined`
	}
}

// Twice registers two functions.
func Twice(a, b func(context.Context) error) {
	dispatch.Register(a)
	dispatch.Register(b, dispatch.Alias("b"))
}

// Late registers fn in a goroutine.
func Late(fn func(context.Context) error) {
	go dispatch.Register(fn) // want `a function is registered after init`
}

// Reset discards the options if there are several.
func Reset(fn func(context.Context) error, opts ...dispatch.RegisterOption) {
	if len(opts) > 1 {
		opts = nil
	}
	dispatch.Register(fn, opts...) // want `options passed to dispatch.Register as a slice cannot be determined`
}

// Another does not register its argument.
func Another(fn func(context.Context) error) {
	fn = nil
	dispatch.Register(fn) // want `function passed to dispatch.Register cannot be determined`
}
