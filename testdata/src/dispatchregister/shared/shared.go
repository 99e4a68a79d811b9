// Package shared registers functions with options that several registrations share.
package shared

import (
	"context"
	"os"
	"slices"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch"

	"example.com/fixtures/src/dispatchregister/options"
	"example.com/fixtures/src/dispatchregister/options/relay"
)

func f1(context.Context) error  { return nil }
func f2(context.Context) error  { return nil }
func f3(context.Context) error  { return nil }
func f4(context.Context) error  { return nil }
func f5(context.Context) error  { return nil }
func f6(context.Context) error  { return nil }
func f7(context.Context) error  { return nil }
func f8(context.Context) error  { return nil }
func f9(context.Context) error  { return nil }
func f10(context.Context) error { return nil }
func f11(context.Context) error { return nil }
func f12(context.Context) error { return nil }
func f13(context.Context) error { return nil }
func f14(context.Context) error { return nil }
func f15(context.Context) error { return nil }
func f16(context.Context) error { return nil }
func f17(context.Context) error { return nil }
func bad(context.Context) error { return nil }

// Fast is for every quick function.
var Fast = dispatch.Timeout(time.Second)

var defaults = []dispatch.RegisterOption{Fast, dispatch.RegisterOption(dispatch.Queue("fast"))}

func slow() dispatch.RegisterOption { return dispatch.Timeout(5 * time.Minute) }

func queue(name string) dispatch.Option { return dispatch.Queue("q-" + name) }

func fast() []dispatch.RegisterOption { return defaults }

type config struct{}

func (config) options(name string) []dispatch.RegisterOption {
	return append(fast(), dispatch.Name("shared."+name))
}

var (
	_ = dispatch.Register(f1, Fast)
	_ = dispatch.Register(f2, slow(), queue("a"))
	_ = dispatch.Register(f3, defaults...)
	_ = dispatch.Register(f4, fast()...)
	_ = dispatch.Register(f5, config{}.options("five")...)
	_ = dispatch.Register(f6, options.Slow, options.Timeout, options.Queue)
	_ = dispatch.Register(f7, options.Defaults...)
	_ = dispatch.Register(f17, options.Result()...)
	_ = dispatch.Register(f8, append(options.Defaults, dispatch.Name("shared.eight"))...)
	_ = dispatch.Register(f9, slices.Concat(options.All, defaults)...)
	_ = dispatch.Register(f10, options.For("q", options.Named("ten"))...)
	_ = dispatch.Register(f11, options.Pinned)
	_ = dispatch.Register(f12, append(defaults[:len(defaults):len(defaults)], dispatch.Alias("shared.twelve"))...)
	_ = dispatch.Register(f13, relay.Defaults...)
	_ = register(f14, "fourteen")
	_ = dispatch.Register(f15, append(slices.Clone(defaults), slow())...)
)

// register is a helper that takes its options from a function.
func register(fn func(context.Context) error, name string) bool {
	return dispatch.Register(fn, append(options.For("r"), options.Named(name))...) != nil
}

func init() {
	opts := []dispatch.RegisterOption{slow()}
	opts = append(opts, dispatch.Name("shared.sixteen"))
	if os.Getenv("SLOW") != "" {
		opts = append(opts, dispatch.Timeout(time.Hour))
	}
	dispatch.Register(f16, opts...)
}

// The names in shared options count.
var (
	_ = dispatch.Register(bad, options.Pinned)                  // want `shared.bad is registered as "options.pinned", but shared.f11 has that name already`
	_ = dispatch.Register(bad, options.Named("ten"))            // want `shared.bad is registered as "options.ten", but shared.f10 has that name already`
	_ = dispatch.Register(bad, options.Named("fourteen"))       // want `shared.bad is registered as "options.fourteen", but shared.f14 has that name already`
	_ = dispatch.Register(bad, dispatch.Name("shared.five"))    // want `shared.bad is registered as "shared.five", but shared.f5 has that name already`
	_ = dispatch.Register(bad, dispatch.Name("shared.sixteen")) // want `shared.bad is registered as "shared.sixteen", but shared.f16 has that name already`
	_ = dispatch.Register(bad, options.All...)                  // want `shared.bad is registered as "options.old", but shared.f9 has that name already`
	_ = dispatch.Register(bad, options.Named(os.Args[0]))       // want `the name is not a constant`
)

// Options that may change are not known.
var (
	_ = dispatch.Register(bad, options.Changed)     // want `option of dispatch.Register cannot be determined`
	_ = dispatch.Register(bad, options.Unset)       // want `option of dispatch.Register cannot be determined`
	_ = dispatch.Register(bad, options.Either())    // want `option of dispatch.Register cannot be determined`
	_ = dispatch.Register(bad, options.Elements...) // want `options passed to dispatch.Register as a slice cannot be determined`
	_ = dispatch.Register(bad, either())
	_ = dispatch.Register(bad, named())
	_ = dispatch.Register(bad, changed)  // want `option of dispatch.Register cannot be determined`
	_ = dispatch.Register(bad, grown...) // want `options passed to dispatch.Register as a slice cannot be determined`
	_ = dispatch.Register(bad, conditional(true)...)
)

var changed = dispatch.Timeout(time.Minute)

var grown []dispatch.RegisterOption

func init() {
	changed = dispatch.Name("y")
	grown = append(grown, changed)
}

func either() dispatch.RegisterOption {
	if os.Getenv("SLOW") != "" {
		return dispatch.Name("a")
	}
	return dispatch.Name("b") // want `options of either differ from call to call`
}

func named() dispatch.RegisterOption {
	return dispatch.Name(os.Args[0]) // want `the name is not a constant`
}

func conditional(pin bool) []dispatch.RegisterOption {
	opts := fast()
	if pin {
		opts = append(opts, dispatch.Name("x"))
	}
	return opts // want `options passed to conditional as a slice cannot be determined`
}

func change() {
	options.Slow = nil                           // want `options.Slow is changed outside its package: the options of the registrations that use it cannot be determined`
	options.Defaults[0] = dispatch.Queue("mine") // want `options.Defaults is changed outside its package`
}
