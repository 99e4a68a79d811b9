package dispatch_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

func TestBatch_allRun(t *testing.T) {
	t.Parallel()
	ctx, q := newClient(t)
	err := dispatch.Batch(ctx, func(ctx context.Context) error {
		for i := range 20 {
			if err := sumF.Call(ctx, t.Name(), i); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatalf("Batch = %v, want nil", err)
	}
	wait(t, q)
	if runs := recorded.of(t.Name()); len(runs) != 20 {
		t.Errorf("got %d runs, want 20", len(runs))
	}
}

// The error of Batch has the ID of each call that the queue refused. The other calls
// were published.
func TestBatch_rejected(t *testing.T) {
	t.Parallel()
	q := &faulty{refuse: func(n int, now bool) error {
		if !now && n%3 == 0 {
			return errRefused
		}
		return nil
	}}
	ctx := dispatch.WithClient(t.Context(), dispatch.New(q))
	errOwn := errors.New("my own")
	err := dispatch.Batch(ctx, func(ctx context.Context) error {
		for range 7 {
			if err := sumF.Call(ctx, t.Name()); err != nil {
				t.Errorf("Call = %v, want nil while it is only queued", err)
			}
		}
		return errOwn
	})
	if !errors.Is(err, errOwn) || !errors.Is(err, errRefused) {
		t.Fatalf("Batch = %v, want the errors of fn and of the queue in it", err)
	}
	var lines []string
	for line := range strings.SplitSeq(err.Error(), "\n") {
		if strings.HasPrefix(line, "dispatch: ") {
			lines = append(lines, line)
		}
	}
	var want []string
	for _, n := range []int{3, 6} {
		want = append(want, fmt.Sprintf("dispatch: call %s with ID %s: %v", sumF.Name(), q.sent[n-1].Attributes["ce-id"], errRefused))
	}
	if !slices.Equal(lines, want) {
		t.Errorf("got lines %q, want %q", lines, want)
	}
	if len(q.sent) != 7 || q.flushes != 1 || q.unjoined != 0 {
		t.Errorf("got %d messages, %d flushes and %d not waited for, want 7, 1 and 0", len(q.sent), q.flushes, q.unjoined)
	}
}

// If a call cannot be queued, only that call returns an error.
func TestBatch_notQueued(t *testing.T) {
	t.Parallel()
	q := &faulty{refuse: func(n int, now bool) error {
		if n == 1 {
			return errRefused
		}
		return nil
	}}
	ctx := dispatch.WithClient(t.Context(), dispatch.New(q))
	err := dispatch.Batch(ctx, func(ctx context.Context) error {
		checkLine(t, sumF.Call(ctx, t.Name()), "dispatch: call "+sumF.Name()+": ", errRefused.Error())
		return sumF.Call(ctx, t.Name())
	})
	if err != nil {
		t.Errorf("Batch = %v, want nil", err)
	}
}

func TestBatch_ended(t *testing.T) {
	t.Parallel()
	q := new(faulty)
	ctx := dispatch.WithClient(t.Context(), dispatch.New(q))
	var inside context.Context
	err := dispatch.Batch(ctx, func(ctx context.Context) error { inside = ctx; return nil })
	if err != nil {
		t.Fatalf("Batch = %v, want nil", err)
	}
	checkLine(t, sumF.Call(inside, t.Name()), "dispatch: call "+sumF.Name()+": ",
		"the batch of its context has ended (use the context that you passed to Batch)")
	if len(q.sent) != 0 {
		t.Errorf("%d messages were sent, want none", len(q.sent))
	}
	if err := sumF.Call(ctx, t.Name()); err != nil {
		t.Errorf("Call with the context from outside = %v, want nil", err)
	}
}

func TestBatch_panic(t *testing.T) {
	t.Parallel()
	q := new(faulty)
	ctx := dispatch.WithClient(t.Context(), dispatch.New(q))
	var inside context.Context
	func() {
		defer func() {
			if v := recover(); v != "my own" {
				t.Errorf("recovered %v, want the panic of fn", v)
			}
		}()
		dispatch.Batch(ctx, func(ctx context.Context) error {
			inside = ctx
			panic("my own")
		})
	}()
	checkLine(t, sumF.Call(inside, t.Name()), "dispatch: call "+sumF.Name()+": ", "has ended")
}

// A batch within a batch is one of its own: it is done when it returns.
func TestBatch_nested(t *testing.T) {
	t.Parallel()
	q := new(faulty)
	ctx := dispatch.WithClient(t.Context(), dispatch.New(q))
	err := dispatch.Batch(ctx, func(outer context.Context) error {
		if err := sumF.Call(outer, t.Name()); err != nil {
			return err
		}
		err := dispatch.Batch(outer, func(inner context.Context) error { return sumF.Call(inner, t.Name()) })
		if q.flushes != 1 || q.unjoined != 1 {
			t.Errorf("after the inner batch: %d flushes and %d not waited for, want 1 and 1", q.flushes, q.unjoined)
		}
		return errors.Join(err, sumF.Call(outer, t.Name()))
	})
	if err != nil || len(q.sent) != 3 || q.unjoined != 0 {
		t.Errorf("Batch = %v with %d messages, %d not waited for, want nil, 3, 0", err, len(q.sent), q.unjoined)
	}
}

func TestBatch_goroutines(t *testing.T) {
	t.Parallel()
	q := &faulty{refuse: func(n int, now bool) error {
		if !now && n%10 == 0 {
			return errRefused
		}
		return nil
	}}
	ctx := dispatch.WithClient(t.Context(), dispatch.New(q))
	err := dispatch.Batch(ctx, func(ctx context.Context) error {
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for range 25 {
					if err := sumF.Call(ctx, t.Name()); err != nil {
						t.Errorf("Call = %v, want nil", err)
					}
				}
			})
		}
		wg.Wait()
		return nil
	})
	got := strings.Count(fmt.Sprint(err), errRefused.Error())
	if len(q.sent) != 200 || got != 20 || q.unjoined != 0 {
		t.Errorf("got %d messages, %d rejections, %d not waited for, want 200, 20, 0", len(q.sent), got, q.unjoined)
	}
}

// Two clients in one batch are both flushed.
func TestBatch_twoClients(t *testing.T) {
	t.Parallel()
	a, b := new(faulty), new(faulty)
	ctx := dispatch.WithClient(t.Context(), dispatch.New(a))
	cb := dispatch.New(b)
	err := dispatch.Batch(ctx, func(ctx context.Context) error {
		return errors.Join(sumF.Call(ctx, t.Name()), sumF.Call(dispatch.WithClient(ctx, cb), t.Name()))
	})
	if err != nil || len(a.sent) != 1 || len(b.sent) != 1 {
		t.Errorf("Batch = %v with %d and %d messages, want nil and one each", err, len(a.sent), len(b.sent))
	}
}

// A crowd is a queue that counts the messages whose results nobody has waited for. It
// refuses some.
type crowd struct {
	void
	mu           sync.Mutex
	n, now, most int
}

func (c *crowd) Enqueue(context.Context, *transport.Message) (func(context.Context) error, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
	c.now++
	c.most = max(c.most, c.now)
	n := c.n
	return func(context.Context) error {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.now--; n%50_000 == 1 {
			return errRefused
		}
		return nil
	}, nil
}

func (*crowd) Flush(context.Context) {}

// A large batch does not hold all of its calls until its end, and reports each that was
// refused.
func TestBatch_large(t *testing.T) {
	t.Parallel()
	const calls, most = 150_000, 1 << 16
	c := new(crowd)
	err := dispatch.Batch(dispatch.WithClient(t.Context(), dispatch.New(c)), func(ctx context.Context) error {
		var g sync.WaitGroup
		for range 2 {
			g.Go(func() {
				for range calls / 2 {
					if err := takesTwo.Call(ctx, "a", 1); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		g.Wait()
		return nil
	})
	if err == nil || strings.Count(err.Error(), errRefused.Error()) != calls/50_000 {
		t.Errorf("Batch = %v, want %d errors", err, calls/50_000)
	}
	if c.now != 0 || c.most > 2*most {
		t.Errorf("%d results were not waited for; at most %d were at a time, want 0 and at most %d", c.now, c.most, 2*most)
	}
}

// A mute queue takes messages, and does not answer until its context is done.
type mute struct{ void }

func (mute) Enqueue(context.Context, *transport.Message) (func(context.Context) error, error) {
	return func(ctx context.Context) error {
		<-ctx.Done()
		return ctx.Err()
	}, nil
}

func (mute) Flush(ctx context.Context) { <-ctx.Done() }
