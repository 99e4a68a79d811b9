// Package through registers functions through helpers of package helper and its own.
package through

import (
	"context"
	"os"

	"github.com/cloud-functions-dispatch/go/dispatch"

	"example.com/fixtures/src/dispatchregister/helper"
)

func slow(context.Context, int) error  { return nil }
func named(context.Context, int) error { return nil }
func method(context.Context) error     { return nil }
func expr(context.Context) error       { return nil }
func twiceA(context.Context) error     { return nil }
func twiceB(context.Context) error     { return nil }
func own(context.Context) error        { return nil }
func set(context.Context) error        { return nil }
func made(context.Context) error       { return nil }
func spread(context.Context) error     { return nil }
func again(context.Context) error      { return nil }
func late(context.Context) error       { return nil }
func handled(context.Context) error    { return nil }
func generic[T any](context.Context) error {
	return nil
}

var (
	Slow1 = helper.Slow(slow)
	Named = helper.Named("n", named, dispatch.Alias(old))
	Own   = register(Handler(own))
	Made  = make1()
	Many  = []*dispatch.Func[func(context.Context) error]{helper.Task(spread, options...)}

	registry helper.Registry
)

const old = helper.Prefix + "old"

var (
	options = []dispatch.RegisterOption{queue}
	queue   = dispatch.Queue("q")
)

// A Handler is a function of this package.
type Handler func(context.Context) error

func register(h Handler) *dispatch.Func[Handler] { return dispatch.Register(h) }

func make1() *dispatch.Func[func(context.Context) error] { return dispatch.Register(made) }

func init() {
	registry.Add(method)
	(*helper.Registry).Add(&registry, expr)
	helper.Twice(twiceA, twiceB)
	setup()
	if f := register(handled); f == nil {
		panic("impossible")
	}
}

func setup() { deeper() }

func deeper() { helper.Slow(set) }

var (
	literal  = helper.Slow(func(context.Context) error { return nil }) // want `function literal passed to helper.Slow has no stable name: Register panics`
	instance = register(generic[int])                                  // want `instance of generic function generic passed to register has no stable name`
	form     = helper.Slow(os.Getenv)                                  // want `os.Getenv does not take a context.Context as its first parameter: Register panics` `os.Getenv does not return exactly one error`
	computed = helper.Named(os.Args[0], again, dispatch.Alias("x"))    // want `the name is not a constant`
	option   = helper.Named("y", again, options[0])                    // want `option of helper.Named cannot be determined`
	taken    = helper.Named("n", again, dispatch.Alias("z"))           // want `through.again is registered as "helper.n", but through.named has that name already, at through.go:\d+`
	asValue  = helper.Slow[func(context.Context) error]                // want `helper.Slow\[func\(context.Context\) error\] is used as a value: the function that it registers cannot be determined`
	stored   = registry.Add                                            // want `registry.Add is used as a value`
	adder    interface {
		Add(func(context.Context) error)
	} = &registry
)

func init() {
	adder.Add(late) // want `Add is a method of an interface: the function that it registers cannot be determined`
	if len(os.Args) > 1 {
		helper.Slow(late) // want `through.late is registered under a condition`
	}
	more()
	more()
	defer func() { more2() }()
}

func more() {
	helper.Slow(again) // want `through.again is registered by a function that is called more than once`
}

func more2() {
	helper.Slow(again) // want `through.again is registered after init`
}

// Run may be called by other packages.
func Run() {
	helper.Slow(late) // want `through.late is registered after init`
}
