package mem_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch/transport"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/mem"
)

func TestWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tr := mem.New()
		if err := tr.Wait(t.Context()); err != nil {
			t.Errorf("Wait() of an empty queue = %v, want nil", err)
		}
		gate := make(chan struct{})
		handled := 0
		tr.Handle(func(context.Context, *transport.Delivery) error {
			<-gate
			handled++
			return nil
		})
		publish(t, tr, message("x"))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := tr.Wait(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Wait() while a message is handled = %v, want context.DeadlineExceeded", err)
		}
		close(gate)
		if err := tr.Wait(t.Context()); err != nil || handled != 1 {
			t.Errorf("Wait() = %v with %d messages handled, want nil with 1", err, handled)
		}
		// The queue still works after Wait.
		publish(t, tr, message("y"))
		closeTransport(t, tr)
		if handled != 2 {
			t.Errorf("%d messages were handled, want 2", handled)
		}
	})
}

// A function must be able to make calls while Close waits for it: the queue is empty
// only when the whole tree of calls is done.
func TestClose_waitsForNested(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"", "k"} {
		t.Run(fmt.Sprintf("key %q", key), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				tr := mem.New(mem.Concurrency(1))
				var got []string
				gate := make(chan struct{})
				tr.Handle(func(ctx context.Context, d *transport.Delivery) error {
					<-gate
					got = append(got, string(d.Data))
					if len(d.Data) > 3 {
						return nil
					}
					m := message(string(d.Data) + ".")
					m.OrderingKey = key
					return tr.Publish(ctx, m)
				})
				m := message("x")
				m.OrderingKey = key
				publish(t, tr, m)
				closed := make(chan error, 1)
				go func() { closed <- tr.Close() }()
				synctest.Wait()
				select {
				case err := <-closed:
					t.Fatalf("Close() = %v while a message was handled, want it to wait", err)
				default:
				}
				close(gate)
				if err := <-closed; err != nil {
					t.Errorf("Close() = %v, want nil", err)
				}
				if want := []string{"x", "x.", "x..", "x..."}; !slices.Equal(got, want) {
					t.Errorf("handled %q before Close returned, want %q", got, want)
				}
				if err := tr.Publish(t.Context(), message("late")); !errors.Is(err, transport.ErrClosed) {
					t.Errorf("Publish after Close = %v, want ErrClosed", err)
				}
			})
		})
	}
}

// Nothing is delivered after Close has returned: a message published during Close is
// delivered before, or refused.
func TestClose_deliversNothingAfter(t *testing.T) {
	t.Parallel()
	done, cancel := context.WithCancel(t.Context())
	cancel()
	for range 200 {
		tr := mem.New()
		tr.Handle(func(context.Context, *transport.Delivery) error { return nil })
		publish(t, tr, message("first"))
		senders := make(chan error, 1)
		go func() {
			for {
				if err := tr.Publish(context.Background(), message("x")); err != nil {
					senders <- err
					return
				}
				runtime.Gosched() // lets the queue become empty, so that Close can return
			}
		}()
		closeTransport(t, tr)
		// With a done context, Wait returns nil only if it has nothing to wait for.
		if err := tr.Wait(done); err != nil {
			t.Fatalf("Wait() after Close = %v, want nil: messages are still delivered", err)
		}
		if err := <-senders; !errors.Is(err, transport.ErrClosed) {
			t.Fatalf("Publish while closing = %v, want ErrClosed at the end", err)
		}
	}
}

// A program must be able to end although a call is due tomorrow.
func TestClose_givesUpDelayed(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"", "k"} {
		t.Run(fmt.Sprintf("key %q", key), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				tr := mem.New(mem.Concurrency(1))
				var got []string
				tr.Handle(func(ctx context.Context, d *transport.Delivery) error {
					got = append(got, string(d.Data))
					if string(d.Data) != "now" || d.Attempt == 1 {
						return errors.New("again")
					}
					nested := message("nested")
					nested.NotBefore = time.Now().Add(time.Hour)
					return tr.Publish(ctx, nested)
				})
				for data, delay := range map[string]time.Duration{"tomorrow": 24 * time.Hour, "tonight": time.Hour} {
					m := message(data)
					m.NotBefore, m.OrderingKey = time.Now().Add(delay), key
					publish(t, tr, m)
				}
				publish(t, tr, message("now"))
				start := time.Now()
				closeTransport(t, tr)
				if took := time.Since(start); took > time.Second {
					t.Errorf("Close took %v, want it not to wait for delayed messages", took)
				}
				if want := []string{"now", "now"}; !slices.Equal(got, want) {
					t.Errorf("handled %q, want %q: also the second attempt, but nothing early", got, want)
				}
				dead := tr.DeadLetters()
				if len(dead) != 3 {
					t.Fatalf("got %d dead letters, want the 3 delayed messages", len(dead))
				}
				for _, d := range dead {
					if d.Attempt != 0 || !errors.Is(d.Err, transport.ErrClosed) {
						t.Errorf("dead letter %s: attempt %d, %v; want attempt 0 and ErrClosed", d.Data, d.Attempt, d.Err)
					}
				}
			})
		})
	}
}

func TestPublish_withoutHandler(t *testing.T) {
	t.Parallel()
	tr := mem.New()
	_, enqueueErr := tr.Enqueue(t.Context(), message("x"))
	for what, err := range map[string]error{"Publish": tr.Publish(t.Context(), message("x")), "Enqueue": enqueueErr} {
		if err == nil || !strings.Contains(err.Error(), "dispatch.New") {
			t.Errorf("%s without a handler = %v, want an error that names dispatch.New", what, err)
		}
	}
	closeTransport(t, tr) // returns at once
}

// The queue of a URL serves a program, not a test: it outlasts an outage of 20 seconds.
func TestOpen_attempts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tr, err := transport.Open(t.Context(), "mem:")
		if err != nil {
			t.Fatal(err)
		}
		start, down := time.Now(), 20*time.Second
		executed := false
		tr.(transport.Local).Handle(func(context.Context, *transport.Delivery) error {
			if time.Since(start) < down {
				return errors.New("down")
			}
			executed = true
			return nil
		})
		publish(t, tr, message("x"))
		closeTransport(t, tr)
		if took := time.Since(start); !executed || took > 25*time.Second {
			t.Errorf("executed: %v, after %v; want true after little more than %v", executed, took, down)
		}
	})
}

func TestOpen(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"mem://", "mem:"} {
		tr, err := transport.Open(t.Context(), url)
		if err != nil {
			t.Errorf("Open(%q) = %v, want nil", url, err)
			continue
		}
		if _, ok := tr.(transport.Local); !ok {
			t.Errorf("Open(%q) is a %T, want a transport.Local", url, tr)
		}
		other, err := transport.Open(t.Context(), url)
		if err != nil || other == tr {
			t.Errorf("a second Open(%q) = %v with the same queue, want another queue", url, err)
		}
	}
	for _, url := range []string{"mem://x", "mem:///x", "mem://host:1/p", "mem:queue", "mem://?attempts=3", "mem://#x", "mem://user@"} {
		_, err := transport.Open(t.Context(), url)
		if err == nil || !strings.Contains(err.Error(), "want mem:") || strings.Contains(err.Error(), "\n") {
			t.Errorf("Open(%q) = %v, want one line with the remedy \"want mem:\"", url, err)
		}
	}
}
