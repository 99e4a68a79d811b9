package bad

import (
	"context"
	"slices"
	"sync"

	"example.com/fixtures/src/dispatchcall/pool"
)

// Functions that other functions run.

func must(f func() error) {
	if err := f(); err != nil {
		panic(err)
	}
}

func each(fs ...func() error) bool {
	for _, f := range fs {
		must(f)
	}
	return true
}

func try(f func() error) (err error) {
	var once sync.Once
	once.Do(func() { err = f() })
	return err
}

func later(f func() error) { go func() { _ = f() }() }

var (
	once     sync.Once
	warmOnce = sync.OnceValue(func() error { return Make.Call(context.Background(), "a") })
	warmUp   = func() error { return Make.Call(context.Background(), "b") }
	_        = each(warm, func() error { return Make.Call(context.Background(), "c") }) // want `warm calls Make.Call before main starts` `Make.Call is called before main starts`
)

func init() {
	must(func() error { return Make.Call(context.Background(), "d") })      // want `Make.Call is called before main starts`
	must(warm)                                                              // want `warm calls Make.Call before main starts`
	pool.Must(func() error { return Make.Call(context.Background(), "e") }) // want `Make.Call is called before main starts`
	pool.Must(new(server).start)                                            // want `new\(server\).start calls Make.Call before main starts`
	_ = try(func() error { return Make.Call(context.Background(), "f") })   // want `Make.Call is called before main starts`
	later(func() error { return Make.Call(context.Background(), "g") })     // want `Make.Call is called before main starts`
	once.Do(func() { _ = Make.Call(context.Background(), "h") })            // want `Make.Call is called before main starts`
	sync.OnceFunc(func() { _ = Make.Call(context.Background(), "i") })()    // want `Make.Call is called before main starts`
	slices.SortFunc([]int{1}, func(a, b int) int {
		_ = Make.Call(context.Background(), "j") // want `Make.Call is called before main starts`
		return a - b
	})
	_ = warmOnce() // want `warmOnce calls Make.Call before main starts`
	_ = warmUp()   // want `warmUp calls Make.Call before main starts`
	local := func() error { return warm() }
	must(local)                    // want `local calls Make.Call before main starts`
	defer func() { _ = local() }() // want `local calls Make.Call before main starts`
}
