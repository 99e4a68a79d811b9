package bad

import (
	"context"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

func more1(context.Context) error { return nil }
func more3(context.Context) error { return nil }
func more4(context.Context) error { return nil }
func more5(context.Context) error { return nil }
func more6(context.Context) error { return nil }
func more7(context.Context) error { return nil }
func more9(context.Context) error { return nil }
func moreb(context.Context) error { return nil }

// A function that becomes an any before it reaches Register makes it panic.
func opaque(fn any) { dispatch.Register(fn) } // want `function passed to dispatch.Register becomes any before it reaches Register, which panics`

var (
	queued  = dispatch.Register(more1, dispatch.Queue("slow queue"))                                               // want `Register panics: queue name "slow queue" is invalid`
	indexed = dispatch.Register(more3, []dispatch.RegisterOption{1: dispatch.Name("a"), 0: dispatch.Name("b")}...) // want `options with indexes are not supported`
)

var (
	none   = dispatch.Register(moreb, dispatch.Concurrency(0)) // want `the option Concurrency is not positive: Register panics`
	noTime = dispatch.Register(more9, dispatch.Timeout(-1))    // want `the option Timeout is not positive: Register panics`
)

// Exported is set below.
var Exported = []dispatch.RegisterOption{dispatch.Queue("q")}

func init() { Exported = nil }

var exported = dispatch.Register(more4, Exported...) // want `options passed to dispatch.Register as a slice cannot be determined`

func changes(opts ...dispatch.RegisterOption) {
	mutate(opts)
	dispatch.Register(more5, opts...) // want `options passed to dispatch.Register as a slice cannot be determined` `bad.more5 is registered after init`
}

func mutate(opts []dispatch.RegisterOption) { opts[0] = dispatch.Name("x") }

// Helpers that call each other are not resolved.
func ping(fn func(context.Context) error, again bool) {
	if again {
		pong(fn)
	}
	dispatch.Register(fn)
}

func pong(fn func(context.Context) error) { ping(fn, false) } // want `call of ping is recursive`

func variadic(n int, fns ...func(context.Context) error) {
	dispatch.Register(fns) // want `function passed to dispatch.Register cannot be determined`
}

func init() {
	variadic(1)
	impl{}.Add(more6)
	SetUp()
}

func init() {
	i := 0
again:
	dispatch.Register(more7) // want `bad.more7 is registered under a condition`
	if i++; i < 2 {
		goto again
	}
}

// SetUp may be called by other packages too.
func SetUp() {
	dispatch.Register(setUp) // want `bad.setUp is registered by a function that other code can call, too`
}

func setUp(context.Context) error { return nil }

type impl struct{}

func (impl) Add(fn func(context.Context) error) { dispatch.Register(fn) }

type registrar interface {
	Add(fn func(context.Context) error)
}

type module struct{ registrar }

func init() {
	module{impl{}}.Add(more6)           // want `Add is a method of an interface: the function that it registers cannot be determined`
	registrar.Add(impl{}, more6)        // want `Add is a method of an interface: the function that it registers cannot be determined`
	add := module{impl{}}.registrar.Add // want `Add is a method of an interface: the function that it registers cannot be determined`
	add(more6)
}
