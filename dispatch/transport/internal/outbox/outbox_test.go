package outbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

// A flush whose context ends still makes the outbox accept refused keys, once the messages
// that it waited for have their results.
func TestFlush_endsWithContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		answer := make(chan error)
		o := New(Limits{Batch: BatchLimits{Entries: 10, Bytes: 100}, KeyedRequests: 2, Waiting: 1 << 20},
			func(_ context.Context, batch []*Letter[string]) []error {
				return slices.Repeat([]error{<-answer}, len(batch))
			})
		add := func() func(context.Context) error {
			wait, err := o.Add(t.Context(), &Letter[string]{Key: "k", Ended: func() {}})
			if err != nil {
				t.Fatal(err)
			}
			return wait
		}
		first, second := add(), add()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		o.Flush(ctx)
		answer <- errors.New("refused")
		for _, wait := range []func(context.Context) error{first, second} {
			if err := wait(t.Context()); err == nil {
				t.Error("a message of the failed request: got nil, want an error")
			}
		}
		third := add()
		go o.Flush(t.Context())
		answer <- nil
		if err := third(t.Context()); err != nil {
			t.Errorf("a message after the flush: got %v, want nil", err)
		}
	})
}

// A message that is refused holds back those with its key, and no others of its lane.
func TestLane_refused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var sent []string
		o := New(Limits{Batch: BatchLimits{Entries: 3, Bytes: 100, OneKey: true}, KeyedRequests: 1, Waiting: 1 << 20},
			func(_ context.Context, batch []*Letter[string]) (results []error) {
				var err error
				for _, l := range batch {
					if sent = append(sent, l.Message); l.Message == "a0" {
						err = errors.New("refused")
					}
				}
				return slices.Repeat([]error{err}, len(batch))
			})
		var waits []func(context.Context) error
		for i := range 5 {
			for _, key := range []string{"a", "b"} {
				wait, err := o.Add(t.Context(), &Letter[string]{Message: fmt.Sprint(key, i), Size: 40, Key: key, Ended: func() {}})
				if err != nil {
					t.Fatal(err)
				}
				waits = append(waits, wait)
			}
		}
		o.Flush(t.Context())
		for i, wait := range waits {
			if err := wait(t.Context()); (err == nil) != (i%2 == 1) {
				t.Errorf("message %d: got %v, want those of key b only to be accepted", i, err)
			}
		}
		if want := []string{"a0", "a1", "b0", "b1", "b2", "b3", "b4"}; !slices.Equal(sent, want) {
			t.Errorf("sent %q, want %q: two messages fill a request", sent, want)
		}
	})
}

// One invalid message in a request does not refuse the others. If all are refused, few
// requests are sent.
func TestBisect(t *testing.T) {
	t.Parallel()
	invalid := errors.New("invalid")
	for _, c := range []struct {
		name     string
		n        int
		key      string
		bad      func(i int) bool
		accepted int
		requests int64 // at most
	}{
		{"valid", 1000, "", func(int) bool { return false }, 1000, 1},
		{"the first is invalid", 1000, "", func(i int) bool { return i == 0 }, 999, 25},
		{"two are invalid", 1000, "", func(i int) bool { return i == 17 || i == 999 }, 998, 45},
		{"all are invalid", 1000, "", func(int) bool { return true }, 0, 15},
		{"one is invalid, with an ordering key", 1000, "k", func(i int) bool { return i == 17 }, 0, 1},
		{"single", 1, "", func(int) bool { return true }, 0, 1},
	} {
		var batch []*Letter[int]
		for i := range c.n {
			batch = append(batch, &Letter[int]{Message: i, Key: c.key})
		}
		var requests atomic.Int64
		results := Bisect(batch, func(part []int) error {
			requests.Add(1)
			if slices.ContainsFunc(part, c.bad) {
				return invalid
			}
			return nil
		}, func(err error) bool { return err == invalid })
		accepted := 0
		for i, err := range results {
			if err == nil {
				accepted++
				if c.bad(i) {
					t.Errorf("%s: message %d was accepted", c.name, i)
				}
			}
		}
		if accepted != c.accepted || len(results) != c.n || requests.Load() > c.requests {
			t.Errorf("%s: %d of %d results are accepted, after %d requests; want %d, and at most %d requests", c.name, accepted, len(results), requests.Load(), c.accepted, c.requests)
		}
	}
}
