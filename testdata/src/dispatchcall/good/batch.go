package good

import (
	"context"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/cloud-functions-dispatch/go/dispatch"

	"example.com/fixtures/src/dispatchcall/pool"
)

type job struct {
	paths []string
	wg    sync.WaitGroup
}

func (j *job) publish(ctx context.Context) error {
	for _, p := range j.paths {
		j.wg.Add(1)
		go j.send(ctx, p)
	}
	return j.end()
}

func (j *job) end() error {
	j.wg.Wait()
	return nil
}

func (j *job) send(ctx context.Context, path string) {
	defer j.wg.Done()
	_ = Make.Call(ctx, path)
}

func publishAll(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return Make.Call(ctx, "a") })
	return g.Wait()
}

// start starts goroutines that Close waits for.
func (j *job) start(ctx context.Context) {
	j.wg.Go(func() { _ = Make.Call(ctx, "b") })
}

func (j *job) Close() { _ = j.end() }

// fork starts a goroutine that the returned function waits for.
func fork(ctx context.Context) (join func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = Make.Call(ctx, "c")
	}()
	return func() { <-done }
}

// detached goroutines do not use the batch.
func detached(ctx context.Context) error {
	go func() { _ = Make.Call(context.Background(), "d") }()
	return Make.Call(ctx, "e")
}

type group struct {
	wg   sync.WaitGroup
	jobs chan func()
}

func newGroup() *group {
	g := &group{jobs: make(chan func())}
	g.wg.Add(1)
	go func() {
		defer g.wg.Done()
		for f := range g.jobs {
			f()
		}
	}()
	return g
}

func (g *group) Go(f func()) { g.jobs <- f }

func (g *group) Join() {
	close(g.jobs)
	g.wg.Wait()
}

// inline runs f before it returns.
type inline struct{}

func (inline) Go(f func()) { f() }

func named(ctx context.Context, j *job) error {
	_ = dispatch.Batch(ctx, j.publish)
	_ = dispatch.Batch(ctx, publishAll)
	_ = dispatch.Batch(ctx, detached)
	_ = dispatch.Batch(ctx, func(ctx context.Context) error {
		j.start(ctx)
		defer j.Close()
		return nil
	})
	_ = dispatch.Batch(ctx, func(ctx context.Context) error {
		join := fork(ctx)
		join()
		return nil
	})
	_ = dispatch.Batch(ctx, func(ctx context.Context) error {
		defer fork(ctx)()
		return nil
	})
	_ = dispatch.Batch(ctx, func(ctx context.Context) error {
		g := newGroup()
		g.Go(func() { _ = Make.Call(ctx, "f") })
		g.Join()
		inline{}.Go(func() { _ = Make.Call(ctx, "g") })
		return nil
	})
	return dispatch.Batch(ctx, func(ctx context.Context) error {
		inline{}.Go(func() { _ = Make.Call(ctx, "h") })
		return nil
	})
}

func pools(ctx context.Context, p *pool.Pool, r *pool.Runner) error {
	_ = dispatch.Batch(ctx, func(ctx context.Context) error {
		p.Submit(func() { _ = Make.Call(ctx, "i") })
		p.StopAndWait()
		return nil
	})
	_ = dispatch.Batch(ctx, func(ctx context.Context) error {
		defer p.Join()
		p.Submit(func() { _ = Make.Call(ctx, "j") })
		return nil
	})
	_ = dispatch.Batch(ctx, func(ctx context.Context) error {
		r.Go(func() { _ = Make.Call(ctx, "k") })
		r.Finish()
		return nil
	})
	return dispatch.Batch(ctx, func(ctx context.Context) error {
		go func() { _ = Make.Call(ctx, "l") }()
		stop, err := pool.Start(ctx)
		if err != nil {
			return err
		}
		stop()
		return nil
	})
}

func semaphore(ctx context.Context, paths []string) error {
	return dispatch.Batch(ctx, func(ctx context.Context) error {
		sem := make(chan struct{}, 4)
		for _, p := range paths {
			sem <- struct{}{}
			go func() {
				defer func() { <-sem }()
				_ = Make.Call(ctx, p)
			}()
		}
		for range cap(sem) {
			sem <- struct{}{}
		}
		return nil
	})
}
