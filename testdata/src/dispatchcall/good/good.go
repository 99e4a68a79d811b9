// Package good makes correct calls that look as if they were lost, too early or too
// late.
package good

import (
	"context"
	"fmt"
	"sync"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

var Make = dispatch.Register(makeThumb)

func makeThumb(ctx context.Context, path string) error { return nil }

func looked(ctx context.Context) error {
	_ = Make.Call(ctx, "a")
	defer func() { fmt.Println(Make.Call(ctx, "b")) }()
	go func() { _ = Make.Call(ctx, "c") }()
	Make.With()
	return Make.Call(ctx, "d")
}

// init may mention functions that are called later.
var handlers = map[string]func(context.Context) error{"warm": looked, "other": func(ctx context.Context) error { return Make.Call(ctx, "e") }}

var once = sync.OnceValue(func() error { return Make.Call(context.Background(), "f") })

func init() {
	dispatch.OnStart(looked)
	handlers["late"] = func(ctx context.Context) error { return Make.Call(ctx, "g") }
	_ = len(handlers)
}

func batches(ctx context.Context, paths []string) error {
	kept := ctx
	err := dispatch.Batch(ctx, func(ctx context.Context) error {
		var wg sync.WaitGroup
		for _, p := range paths {
			wg.Go(func() { _ = Make.Call(ctx, p) })
		}
		wg.Wait()
		return Make.Call(ctx, "h")
	})
	if err != nil {
		return err
	}
	done := make(chan error)
	err = dispatch.Batch(ctx, func(ctx context.Context) error {
		go func() { done <- Make.Call(ctx, "i") }()
		return <-done
	})
	if err != nil {
		return err
	}
	var inner context.Context
	if err := dispatch.Batch(ctx, func(ctx context.Context) error {
		inner = ctx
		var wg sync.WaitGroup
		wg.Add(1)
		go func() {
			defer wg.Done()
			_ = Make.Call(inner, "j")
		}()
		return finish(&wg)
	}); err != nil {
		return err
	}
	// A goroutine under a context from outside may outlive the batch.
	err = dispatch.Batch(ctx, func(context.Context) error {
		go func() { _ = Make.Call(ctx, "k") }()
		return nil
	})
	inner = ctx
	if err := Make.Call(inner, "l"); err != nil {
		return err
	}
	return Make.Call(kept, "m")
}

func finish(wg *sync.WaitGroup) error {
	wg.Wait()
	return nil
}
