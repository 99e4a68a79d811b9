// Package bad makes calls that are lost, too early or too late.
package bad

import (
	"context"
	"fmt"
	"sync"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

var Make = dispatch.Register(makeThumb)

func makeThumb(ctx context.Context, path string) error { return nil }

// Dropped errors.

func dropped(ctx context.Context) error {
	Make.Call(ctx, "a")                                                       // want `^the error of Make\.Call is dropped: a call that the queue refuses is lost without a word \(return it, or log it\)$`
	(Make.With().Call)(ctx, "b")                                              // want `the error of Make\.With\(\)\.Call is dropped`
	dispatch.Batch(ctx, func(ctx context.Context) error { return ctx.Err() }) // want `the error of dispatch\.Batch is dropped`
	go Make.Call(ctx, "c")                                                    // want `the error of Make\.Call is dropped`
	defer Make.Call(ctx, "d")                                                 // want `the error of Make\.Call is dropped`
	func() { Make.Call(ctx, "e") }()                                          // want `the error of Make\.Call is dropped`
	return nil
}

func handler(ctx context.Context) {
	Make.Call(ctx, "f") // want `the error of Make\.Call is dropped`
}

func two(ctx context.Context) (int, error) {
	Make.Call(ctx, "g") // want `the error of Make\.Call is dropped`
	return 0, nil
}

// Calls before main has begun.

var first = Make.Call(context.Background(), "h") // want `^Make\.Call is called before main has begun: there may be no client yet, and the callee does it too whenever it starts \(call it from main\)$`

var second = func() error { return Make.Call(context.Background(), "i") }() // want `Make\.Call is called before main has begun`

var third = warm() // want `warm calls Make\.Call before main has begun`

func init() {
	_ = warm()              // want `warm calls Make\.Call before main has begun`
	_ = new(server).start() // want `new\(server\)\.start calls Make\.Call before main has begun`
	_ = dispatch.Batch(context.Background(), func(ctx context.Context) error {
		return Make.Call(ctx, "j") // want `Make\.Call is called before main has begun`
	})
	go func() {
		fmt.Println(Make.Call(context.Background(), "k")) // want `Make\.Call is called before main has begun`
	}()
}

func warm() error { return deep(3) }

func deep(n int) error {
	if n > 0 {
		return deep(n - 1)
	}
	return Make.Call(context.Background(), "l")
}

type server struct{}

func (*server) start() error { return warm() }

// Calls under the context of a batch that has ended.

func kept(ctx context.Context) error {
	var inner, derived context.Context
	err := dispatch.Batch(ctx, func(ctx context.Context) error {
		inner = ctx
		derived = context.WithValue(ctx, server{}, 1)
		return nil
	})
	if err == nil {
		err = Make.Call(inner, "m") // want `^inner is the context of a batch that has ended: Make\.Call returns an error \(use the context from outside of the batch\)$`
	}
	if err == nil {
		err = Make.Call(derived, "n") // want `derived is the context of a batch that has ended`
	}
	return err
}

func unwaited(ctx context.Context, paths []string) error {
	var wg sync.WaitGroup
	err := dispatch.Batch(ctx, func(ctx context.Context) error {
		for _, p := range paths {
			wg.Go(func() { fmt.Println(Make.Call(ctx, p)) }) // want `^nothing in the batch waits for this goroutine: the batch may have ended, and Make\.Call returns an error then \(wait for it before the function of the batch returns\)$`
		}
		go func() {
			ctx, cancel := context.WithCancel(ctx)
			defer cancel()
			fmt.Println(Make.Call(ctx, "o")) // want `nothing in the batch waits for this goroutine`
		}()
		return nil
	})
	wg.Wait()
	return err
}
