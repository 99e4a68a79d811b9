package mem_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch/transport"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/mem"
)

func message(data string) *transport.Message { return &transport.Message{Data: []byte(data)} }

func publish(t *testing.T, tr transport.Transport, m *transport.Message) {
	t.Helper()
	if err := tr.Publish(t.Context(), m); err != nil {
		t.Errorf("Publish(%q) = %v, want nil", m.Data, err)
	}
}

func closeTransport(t *testing.T, tr transport.Transport) {
	t.Helper()
	if err := tr.Close(); err != nil {
		t.Errorf("Close() = %v, want nil", err)
	}
}

func TestAttempts(t *testing.T) {
	ms := func(n ...int) (out []time.Duration) {
		for _, n := range n {
			out = append(out, time.Duration(n)*time.Millisecond)
		}
		return out
	}
	cases := []struct {
		name string
		opts []mem.Option
		want []time.Duration // when each attempt is made
	}{
		{"default", nil, ms(0, 10, 30, 70, 150)},
		{"one", []mem.Option{mem.Attempts(1)}, ms(0)},
		{"backoff counts from 1", []mem.Option{mem.Attempts(4), mem.Backoff(func(attempt int) time.Duration {
			return time.Duration(attempt) * time.Second
		})}, ms(0, 1000, 3000, 6000)},
		{"no delay", []mem.Option{mem.Attempts(3), mem.Backoff(func(int) time.Duration { return -1 })}, ms(0, 0, 0)},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				var got []time.Duration
				tr := mem.New(c.opts...)
				tr.Handle(func(_ context.Context, d *transport.Delivery) error {
					got = append(got, time.Since(start))
					if d.Attempt != len(got) {
						t.Errorf("attempt %d has Attempt %d", len(got), d.Attempt)
					}
					if !d.Published.Equal(start) {
						t.Errorf("attempt %d has Published %v, want %v", d.Attempt, d.Published, start)
					}
					return fmt.Errorf("failure %d", d.Attempt)
				})
				publish(t, tr, message("x"))
				closeTransport(t, tr)
				if !slices.Equal(got, c.want) {
					t.Errorf("attempts were made after %v, want %v", got, c.want)
				}
				dead := tr.DeadLetters()
				if len(dead) != 1 {
					t.Fatalf("got %d dead letters, want 1", len(dead))
				}
				if err := fmt.Sprintf("failure %d", len(c.want)); dead[0].Err == nil || dead[0].Err.Error() != err {
					t.Errorf("dead letter's error = %v, want %s", dead[0].Err, err)
				}
				if dead[0].Attempt != len(c.want) {
					t.Errorf("dead letter's attempt = %d, want %d", dead[0].Attempt, len(c.want))
				}
			})
		})
	}
}

func TestBackoff_isBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tr := mem.New(mem.Attempts(40))
		tr.Handle(func(context.Context, *transport.Delivery) error { return errors.New("no") })
		start := time.Now()
		publish(t, tr, message("x"))
		closeTransport(t, tr)
		// 10 ms doubled 39 times would be 174 years, and overflow soon after.
		if got := time.Since(start); got <= time.Minute || got > time.Hour {
			t.Errorf("40 attempts took %v, want minutes", got)
		}
	})
}

func TestDeadLetters(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tr := mem.New(mem.Attempts(2))
		cause := errors.New("the cause")
		tr.Handle(func(_ context.Context, d *transport.Delivery) error {
			switch string(d.Data) {
			case "error":
				return cause
			case "panic":
				panic("the panic")
			case "goexit":
				runtime.Goexit()
			}
			return nil
		})
		for _, data := range []string{"error", "good", "panic", "goexit"} {
			m := message(data)
			m.Attributes = map[string]string{"n": data}
			publish(t, tr, m)
			if err := tr.Wait(t.Context()); err != nil {
				t.Fatalf("Wait() = %v, want nil", err)
			}
		}
		want := map[string]string{"error": "the cause", "panic": "the panic", "goexit": "ended its goroutine"}
		order := []string{"error", "panic", "goexit"}
		dead := tr.DeadLetters()
		if len(dead) != len(order) {
			t.Fatalf("got %d dead letters, want %q", len(dead), order)
		}
		for i, d := range dead {
			data := string(d.Data)
			if data != order[i] || d.Attributes["n"] != data {
				t.Errorf("dead letter %d: got %q %q, want %q, the oldest first", i, data, d.Attributes, order[i])
			}
			if d.Err == nil || !strings.Contains(d.Err.Error(), want[data]) {
				t.Errorf("dead letter %q: got error %v, want one with %q", data, d.Err, want[data])
			}
		}
		if !errors.Is(dead[0].Err, cause) {
			t.Errorf("dead letter's error = %v, want it to be the handler's", dead[0].Err)
		}
		// A caller may change the list.
		clear(dead)
		if tr.DeadLetters()[0] == nil {
			t.Error("a change of the list that DeadLetters returned changed the transport")
		}
		closeTransport(t, tr)
		if got := len(tr.DeadLetters()); got != 3 {
			t.Errorf("got %d dead letters after Close, want 3", got)
		}
	})
}

func TestConcurrency(t *testing.T) {
	for _, c := range []struct {
		name string
		opts []mem.Option
		want int64
	}{
		{"default", nil, 16},
		{"one", []mem.Option{mem.Concurrency(1)}, 1},
		{"three", []mem.Option{mem.Concurrency(3)}, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var running, most, runs atomic.Int64
				gate := make(chan struct{})
				tr := mem.New(c.opts...)
				tr.Handle(func(context.Context, *transport.Delivery) error {
					most.Store(max(most.Load(), running.Add(1)))
					defer running.Add(-1)
					runs.Add(1)
					<-gate
					return nil
				})
				for range 40 {
					publish(t, tr, message("x"))
				}
				synctest.Wait()
				if got := running.Load(); got != c.want {
					t.Errorf("%d handlers run at a time, want %d", got, c.want)
				}
				close(gate)
				closeTransport(t, tr)
				if got := most.Load(); got > c.want {
					t.Errorf("up to %d handlers ran at a time, want at most %d", got, c.want)
				}
				if got := runs.Load(); got != 40 {
					t.Errorf("%d messages were handled, want 40", got)
				}
			})
		})
	}
}

// A message that waits for its next attempt must not delay other messages.
func TestBackoff_holdsNoSlot(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tr := mem.New(mem.Concurrency(1), mem.Attempts(2), mem.Backoff(func(int) time.Duration { return time.Hour }))
		start := time.Now()
		var good time.Duration = -1
		tr.Handle(func(_ context.Context, d *transport.Delivery) error {
			if string(d.Data) == "poison" {
				return errors.New("no")
			}
			good = time.Since(start)
			return nil
		})
		publish(t, tr, message("poison"))
		synctest.Wait()
		publish(t, tr, message("good"))
		closeTransport(t, tr)
		if good != 0 {
			t.Errorf("the good message ran after %v, want at once", good)
		}
	})
}

// The log names the call that was given up: nobody else does so for a delayed one. Not
// parallel: the logger belongs to the process.
func TestDeadLetters_areLogged(t *testing.T) {
	var log strings.Builder
	old := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	defer slog.SetDefault(old)
	tr := mem.New()
	tr.Handle(func(context.Context, *transport.Delivery) error { return nil })
	m := message("[\"hunter2\"]")
	m.Attributes = map[string]string{"ce-id": "order-17", "ce-subject": "example.com/app/mail.send", "ce-other": "hunter2"}
	m.NotBefore = time.Now().Add(time.Hour)
	publish(t, tr, m)
	closeTransport(t, tr)
	for _, want := range []string{"id=order-17", "function=example.com/app/mail.send", "the message was due in 1h0m0s"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("logged %s, want %q in it", &log, want)
		}
	}
	if strings.Contains(log.String(), "hunter2") {
		t.Errorf("logged an argument: %s", &log)
	}
}

// A program that runs for months must not keep all messages that it gave up.
func TestDeadLetters_areBounded(t *testing.T) {
	t.Parallel()
	const kept = 1000
	tr := mem.New(mem.Attempts(1))
	tr.Handle(func(context.Context, *transport.Delivery) error { return errors.New("no") })
	for i := range kept + 7 {
		publish(t, tr, message(fmt.Sprint(i)))
		if err := tr.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	dead := tr.DeadLetters()
	if len(dead) != kept || string(dead[0].Data) != "7" || string(dead[kept-1].Data) != fmt.Sprint(kept+6) {
		t.Errorf("got %d dead letters from %s on, want the newest %d", len(dead), dead[0].Data, kept)
	}
}
