package dispatch_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/executor"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

// A waiting queue answers nothing, and waits until the context of a message is done.
type waiting struct{ void }

func (waiting) Publish(ctx context.Context, _ *transport.Message) error {
	<-ctx.Done()
	return ctx.Err()
}

// TestPublishing_again: a middleware may call next again, and each time has the whole time.
func TestPublishing_again(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var took []time.Duration
		again := func(next transport.Publisher) transport.Publisher {
			return func(ctx context.Context, m *transport.Message) error {
				var err error
				for range 3 {
					start := time.Now()
					err = next(ctx, m)
					took = append(took, time.Since(start))
				}
				return err
			}
		}
		ctx := dispatch.WithClient(t.Context(), dispatch.New(waiting{}, dispatch.PublishTimeout(time.Minute), dispatch.Publishing(again)))
		if err := takesTwo.Call(ctx, "a", 1); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Call = %v, want %v", err, context.DeadlineExceeded)
		}
		for _, d := range took {
			if d != time.Minute {
				t.Errorf("next took %v, want a minute each time", took)
				break
			}
		}
		ctx = dispatch.WithClient(t.Context(), dispatch.New(void{}, dispatch.Publishing(again)))
		if err := takesTwo.Call(ctx, "a", 1); err != nil {
			t.Errorf("Call = %v, want nil the third time, too", err)
		}
	})
}

var (
	takesPair = dispatch.Register(takePair)
	pairs     sync.Map
)

// takePair fails if it gets the argument of another call.
func takePair(ctx context.Context, id string) error {
	info, _ := dispatch.FromContext(ctx)
	if _, twice := pairs.LoadOrStore(id, true); info.ID != id || twice {
		return fmt.Errorf("call %s got the argument of %s", info.ID, id)
	}
	return nil
}

// TestExecuting_atOnce: a middleware may execute several calls for one delivery at once.
func TestExecuting_atOnce(t *testing.T) {
	t.Parallel()
	var all []*transport.Delivery
	keep := func(transport.Publisher) transport.Publisher {
		return func(_ context.Context, m *transport.Message) error {
			all = append(all, &transport.Delivery{Message: *m})
			return nil
		}
	}
	ctx := dispatch.WithClient(t.Context(), dispatch.New(void{}, dispatch.Publishing(keep)))
	for i := range 200 {
		id := fmt.Sprint("pair", i)
		if err := takesPair.With(dispatch.ID(id)).Call(ctx, id); err != nil {
			t.Fatal(err)
		}
	}
	e, err := executor.New(entrypoint.Executing(func(next transport.Handler) transport.Handler {
		return func(ctx context.Context, _ *transport.Delivery) error {
			errs := make([]error, len(all))
			var g sync.WaitGroup
			for i, d := range all {
				g.Go(func() { errs[i] = next(ctx, d) })
			}
			g.Wait()
			return errors.Join(errs...)
		}
	}))
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Handle(t.Context(), all[0]); err != nil {
		t.Error(err)
	}
}

// TestBatch_context: the call that fills a batch waits no longer than its context.
func TestBatch_context(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx := dispatch.WithClient(t.Context(), dispatch.New(mute{}, dispatch.PublishTimeout(time.Hour)))
		start := time.Now()
		err := dispatch.Batch(ctx, func(ctx context.Context) error {
			ctx, cancel := context.WithTimeout(ctx, time.Second)
			defer cancel()
			for i := range 1 << 16 {
				if err := takesTwo.Call(ctx, "a", i); err != nil {
					return err
				}
			}
			if took := time.Since(start); took != time.Second {
				t.Errorf("the calls took %v, want %v", took, time.Second)
			}
			return nil
		})
		if err == nil || !strings.Contains(err.Error(), "the queue did not answer") {
			t.Errorf("Batch = %.100v, want the missing answers", err)
		}
	})
}

// TestPublishing_print: a middleware that prints its context prints no argument.
func TestPublishing_print(t *testing.T) {
	t.Parallel()
	var printed string
	show := func(next transport.Publisher) transport.Publisher {
		return func(ctx context.Context, m *transport.Message) error {
			printed += fmt.Sprintf("%v %+v %s", ctx, ctx, ctx)
			return next(ctx, m)
		}
	}
	ctx := dispatch.WithClient(t.Context(), dispatch.New(printing{&printed}, dispatch.Publishing(show)))
	if err := takesTwo.Call(ctx, secret, 1); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(printed, ".Outgoing") || strings.Contains(printed, secret) {
		t.Errorf("printed %q, want a context without the argument", printed)
	}
}

// A printing queue prints the contexts of its messages.
type printing struct{ to *string }

func (p printing) Publish(ctx context.Context, _ *transport.Message) error {
	*p.to += fmt.Sprintf("%v %+v", ctx, ctx)
	return nil
}
func (printing) Enqueue(context.Context, *transport.Message) (func(context.Context) error, error) {
	return nil, errRefused
}
func (printing) Flush(context.Context) {}
func (printing) MaxSize() int          { return 1 << 20 }
func (printing) Close() error          { return nil }
