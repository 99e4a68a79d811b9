package dispatch_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/mem"
)

// A recorder records the executions of functions by a key. Each test has its own keys,
// because all tests share the registered functions.
type recorder struct {
	mu   sync.Mutex
	runs map[string][]run
}

type run struct {
	args []any
	info dispatch.Info
	ok   bool // whether there was an info
}

var recorded = recorder{runs: make(map[string][]run)}

// add records one execution, and returns the number of executions before it.
func (r *recorder) add(ctx context.Context, key string, args ...any) int {
	info, ok := dispatch.FromContext(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.runs[key] = append(r.runs[key], run{args, info, ok})
	return len(r.runs[key]) - 1
}

// of returns the executions with the given key.
func (r *recorder) of(key string) []run {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.runs[key])
}

// newClient returns a queue in memory that does not wait between attempts, and a
// context that makes calls use it.
func newClient(t *testing.T, opts ...mem.Option) (context.Context, *mem.Transport) {
	t.Helper()
	opts = append([]mem.Option{mem.Backoff(func(int) time.Duration { return 0 })}, opts...)
	q := mem.New(opts...)
	c := dispatch.New(q)
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Errorf("Close = %v, want nil", err)
		}
	})
	return dispatch.WithClient(t.Context(), c), q
}

func wait(t *testing.T, q *mem.Transport) {
	t.Helper()
	if err := q.Wait(t.Context()); err != nil {
		t.Fatalf("Wait = %v, want nil", err)
	}
}

// checkLine fails unless err is one line that begins with prefix, holds each text of
// want, and ends in a remedy in parentheses, like all errors of dispatch.
func checkLine(t *testing.T, err error, prefix string, want ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("got no error, want one that begins with %q", prefix)
	}
	text := err.Error()
	if !strings.HasPrefix(text, prefix) || strings.Contains(text, "\n") || !strings.HasSuffix(text, ")") || !strings.Contains(text, " (") {
		t.Errorf("got error %q, want one line that begins with %q and ends in a remedy in parentheses", text, prefix)
	}
	for _, w := range want {
		if !strings.Contains(text, w) {
			t.Errorf("got error %q, want it to hold %q", text, w)
		}
	}
}

// A faulty transport records messages, and refuses them as a test determines.
type faulty struct {
	// refuse returns the error for the n-th message, from 1. It is called with now true
	// for Publish and Enqueue, and with false when the test waits for the queue's
	// answer. If it is nil, every message is accepted.
	refuse func(n int, now bool) error

	mu       sync.Mutex
	sent     []*transport.Message
	flushes  int
	flushed  bool // since the last message
	unjoined int  // messages of Enqueue whose answer was not waited for yet
}

var (
	errRefused = errors.New("the queue is full (try later)")

	_ transport.Transport = (*faulty)(nil)
)

// take records m, and returns its number and the error of refuse.
func (f *faulty) take(m *transport.Message, now bool) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sent = append(f.sent, m)
	f.flushed = false
	n := len(f.sent)
	if f.refuse == nil {
		return n, nil
	}
	return n, f.refuse(n, now)
}

func (f *faulty) Publish(_ context.Context, m *transport.Message) error {
	_, err := f.take(m, true)
	return err
}

func (f *faulty) Enqueue(_ context.Context, m *transport.Message) (func(context.Context) error, error) {
	n, err := f.take(m, true)
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	f.unjoined++
	f.mu.Unlock()
	return func(ctx context.Context) error {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.unjoined--
		if !f.flushed {
			return fmt.Errorf("message %d would never be sent (flush first)", n)
		}
		if f.refuse == nil {
			return ctx.Err()
		}
		return f.refuse(n, false)
	}, nil
}

func (f *faulty) Flush(context.Context) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.flushes++
	f.flushed = true
}

func (f *faulty) MaxSize() int { return 10_000_000 }
func (f *faulty) Close() error { return nil }
