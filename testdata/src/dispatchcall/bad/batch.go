package bad

import (
	"context"
	"fmt"
	"log"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/cloud-functions-dispatch/go/dispatch"

	"example.com/fixtures/src/dispatchcall/pool"
)

type job struct {
	paths    []string
	waitlist sync.Map
	limiter  *pool.Limiter
	wg       sync.WaitGroup
}

// The function of a batch may have a name.

func (j *job) publish(ctx context.Context) error {
	for _, p := range j.paths {
		go func() { _ = Make.Call(ctx, p) }() // want `nothing in the batch waits for this goroutine: if the batch has ended, Make.Call returns an error`
	}
	return nil
}

func (j *job) fanOut(ctx context.Context) error {
	for _, p := range j.paths {
		go j.send(ctx, p) // want `nothing in the batch waits for this goroutine: if the batch has ended, Make.Call in j.send returns an error`
	}
	return nil
}

func (j *job) send(ctx context.Context, path string) { _ = Make.Call(ctx, path) }

func publishAll(ctx context.Context) error {
	var g errgroup.Group
	g.Go(func() error { return Make.Call(ctx, "a") }) // want `nothing in the batch waits for this goroutine`
	return nil
}

func publishEach[T ~string](ctx context.Context) error {
	go func(ctx context.Context) { _ = Make.Call(ctx, "b") }(ctx) // want `nothing in the batch waits for this goroutine`
	return nil
}

func publisher(path string) func(context.Context) error {
	return func(ctx context.Context) error {
		time.AfterFunc(time.Second, func() { _ = Make.Call(ctx, path) }) // want `nothing in the batch waits for this goroutine`
		return nil
	}
}

func (j *job) relay(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	go j.deeper(ctx) // want `nothing in the batch waits for this goroutine: if the batch has ended, Make.Call in j.deeper returns an error`
}

func (j *job) deeper(ctx context.Context) { j.send(ctx, "c") }

func named(ctx context.Context, j *job) error {
	_ = dispatch.Batch(ctx, j.publish)
	_ = dispatch.Batch(ctx, (*job)(j).fanOut)
	_ = dispatch.Batch(ctx, publishAll)
	_ = dispatch.Batch(ctx, publishEach[string])
	_ = dispatch.Batch(ctx, publisher("d"))
	local := func(ctx context.Context) error {
		go func() { j.send(ctx, "e") }() // want `nothing in the batch waits for this goroutine: if the batch has ended, Make.Call in j.send returns an error`
		return nil
	}
	_ = dispatch.Batch(ctx, local)
	return dispatch.Batch(ctx, func(ctx context.Context) error {
		j.relay(ctx)
		return nil
	})
}

// Not everything named wait waits for goroutines.

func (j *job) waitForNothing() { time.Sleep(time.Second) }

func names(ctx context.Context, j *job) error {
	return dispatch.Batch(ctx, func(ctx context.Context) error {
		if err := j.limiter.Wait(ctx); err != nil {
			return err
		}
		jobs := make(chan string, 10)
		for range 3 {
			go func() {
				for p := range jobs {
					_ = Make.Call(ctx, p) // want `nothing in the batch waits for this goroutine`
				}
			}()
		}
		for _, p := range j.paths {
			jobs <- p
		}
		close(jobs)
		j.waitlist.Store("a", 1)
		log.Println("waiting for", jobs)
		fmt.Println(&j.wg)
		time.Sleep(time.Second)
		j.waitForNothing()
		<-time.After(time.Second)
		return nil
	})
}

func semaphore(ctx context.Context, j *job) error {
	sem := make(chan struct{}, 4)
	return dispatch.Batch(ctx, func(ctx context.Context) error {
		for _, p := range j.paths {
			sem <- struct{}{}
			go func() {
				defer func() { <-sem }()
				_ = Make.Call(ctx, p) // want `nothing in the batch waits for this goroutine`
			}()
		}
		return nil
	})
}

// A pool that nobody waits for.

type workers struct {
	jobs chan func()
	wg   sync.WaitGroup
}

func (w *workers) submit(f func()) { w.jobs <- f }

func (w *workers) Close() { close(w.jobs) }

func pools(ctx context.Context, w *workers, p *pool.Pool) error {
	return dispatch.Batch(ctx, func(ctx context.Context) error {
		defer w.Close()
		w.submit(func() { _ = Make.Call(ctx, "f") }) // want `nothing in the batch waits for this goroutine`
		p.Submit(func() { _ = Make.Call(ctx, "g") }) // want `nothing in the batch waits for this goroutine`
		return nil
	})
}
