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

// What becomes an interface on its way has no Call.
func opaque(fn any) { dispatch.Register(fn) } // want `what is passed to dispatch.Register becomes any on its way, which has no Call: Register panics`

var (
	queued  = dispatch.Register(more1, dispatch.Queue("slow queue"))                                               // want `Register panics: the queue "slow queue" cannot be named so`
	indexed = dispatch.Register(more3, []dispatch.RegisterOption{1: dispatch.Name("a"), 0: dispatch.Name("b")}...) // want `options with indexes cannot be read`
)

var (
	none   = dispatch.Register(moreb, dispatch.Concurrency(0)) // want `the option Concurrency is not more than 0: Register panics`
	noTime = dispatch.Register(more9, dispatch.Timeout(-1))    // want `the option Timeout is not more than 0: Register panics`
)

// Exported is what others may set.
var Exported = []dispatch.RegisterOption{dispatch.Queue("q")}

var exported = dispatch.Register(more4, Exported...) // want `options passed to dispatch.Register as a slice cannot be read`

func changes(opts ...dispatch.RegisterOption) {
	mutate(opts)
	dispatch.Register(more5, opts...) // want `options passed to dispatch.Register as a slice cannot be read`
}

func mutate(opts []dispatch.RegisterOption) { opts[0] = dispatch.Name("x") }

// Two that call each other cannot be read.
func ping(fn func(context.Context) error, again bool) {
	if again {
		pong(fn)
	}
	dispatch.Register(fn)
}

func pong(fn func(context.Context) error) { ping(fn, false) } // want `ping comes back to the function that it is called in`

func variadic(n int, fns ...func(context.Context) error) {
	dispatch.Register(fns) // want `what is passed to dispatch.Register cannot be read`
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

// SetUp may be called by others as well.
func SetUp() {
	dispatch.Register(setUp) // want `bad.setUp is registered by a function that others can call as well`
}

func setUp(context.Context) error { return nil }

type impl struct{}

func (impl) Add(fn func(context.Context) error) { dispatch.Register(fn) }

type registrar interface {
	Add(fn func(context.Context) error)
}

type module struct{ registrar }

func init() {
	module{impl{}}.Add(more6)           // want `what Add registers cannot be read, since it is a method of an interface`
	registrar.Add(impl{}, more6)        // want `what Add registers cannot be read, since it is a method of an interface`
	add := module{impl{}}.registrar.Add // want `what Add registers cannot be read, since it is a method of an interface`
	add(more6)
}
