// Package mem is a transport within one process, for tests and for programs
// that are caller and callee at once. Its URL is mem://, and each client has a
// queue of its own:
//
//	c := dispatch.New(mem.New())
//
// # Delivery
//
// In the background, at least once, several at a time. What a program has
// queued is lost when the process ends: call Close or Wait before.
//
// # Ordering
//
// Messages with the same ordering key are delivered one after the other, each
// when the one before it is done, so that one that is not due yet keeps those
// behind it waiting.
//
// # Acknowledgement
//
// A message whose handler returns an error, panics or ends its goroutine is
// delivered again after a growing delay, until it was attempted as often as
// Attempts says, or the error is marked as permanent. Then it is kept as a dead
// letter, and logged.
//
// # Limits
//
// A little less than 10 MB a message, as gcppubsub has it, so that what passes
// a test passes there.
package mem

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch/transport"
	"github.com/cloud-functions-dispatch/go/internal/option"
)

func init() {
	transport.Register("mem", func(_ context.Context, u *url.URL) (transport.Transport, error) {
		if u.User != nil || u.Opaque+u.Host+u.Path+u.RawQuery+u.Fragment != "" {
			return nil, errors.New("want mem:// and nothing after it")
		}
		return New(), nil
	})
}

// maxSize is that of gcppubsub; a test holds them equal.
const maxSize = 10_000_000 - 4096

// An Option configures a [Transport]. A nil option is ignored; with a value out of range,
// [New] panics.
type Option interface{ apply(*Transport) error }

type setting func(*Transport) error

func (f setting) apply(c *Transport) error { return f(c) }

// Attempts is how often a message is delivered before it becomes a dead letter. The
// number must be more than 0. The default is 5.
func Attempts(n int) Option {
	return setting(func(t *Transport) error { return option.Positive(&t.attempts, "Attempts", n) })
}

// Backoff returns the delay after a failed attempt. The first attempt is 1. The default
// is 10 ms, doubled with each attempt.
func Backoff(f func(attempt int) time.Duration) Option {
	return setting(func(t *Transport) error { return option.Set(&t.backoff, "Backoff", f) })
}

// Concurrency limits how many messages are delivered at a time. The number must be more
// than 0. The default is 16.
func Concurrency(n int) Option {
	return setting(func(t *Transport) error { return option.Positive(&t.concurrency, "Concurrency", n) })
}

// Transport is a queue in memory. New makes one.
type Transport struct {
	attempts    int
	concurrency int
	backoff     func(int) time.Duration
	slots       chan struct{} // one for each delivery under way

	mu      sync.Mutex
	handler transport.Handler
	pending int             // messages neither acknowledged nor dead
	idle    []chan struct{} // closed when pending is 0
	keys    map[string][]*transport.Delivery
	dead    []*DeadLetter
	closing bool // closed as soon as pending is 0
	closed  bool
}

var (
	_ transport.Local  = (*Transport)(nil)
	_ transport.Queuer = (*Transport)(nil)
)

// A DeadLetter is a message that was given up.
type DeadLetter struct {
	transport.Delivery
	Err error // of the last attempt
}

// New returns an empty queue. It delivers nothing before Handle was called,
// which dispatch.New does.
func New(opts ...Option) *Transport {
	t := &Transport{keys: make(map[string][]*transport.Delivery)}
	option.Must("mem", option.Each(opts, func(o Option) error { return o.apply(t) }))
	t.attempts = cmp.Or(t.attempts, 5)
	t.concurrency = cmp.Or(t.concurrency, 16)
	if t.backoff == nil {
		t.backoff = func(attempt int) time.Duration { return 10 * time.Millisecond << min(attempt-1, 10) }
	}
	t.slots = make(chan struct{}, t.concurrency)
	return t
}

// Handle has messages delivered to h. It is called before the first Publish.
func (t *Transport) Handle(h transport.Handler) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.handler = h
}

// Queue returns t itself: whatever the queue, its messages are delivered here.
func (t *Transport) Queue(string) (transport.Transport, error) { return t, nil }

// MaxSize is a little less than 10 MB.
func (t *Transport) MaxSize() int { return maxSize }

// Publish queues m.
func (t *Transport) Publish(ctx context.Context, m *transport.Message) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := cmp.Or(transport.CheckSize(m, maxSize), transport.CheckText(m)); err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return transport.ErrClosed
	}
	if t.handler == nil {
		return errors.New("mem: nobody handles the messages (make a client of it with dispatch.New)")
	}
	d := &transport.Delivery{Message: *m, Published: time.Now()}
	t.pending++
	if m.OrderingKey == "" {
		go t.deliverAll(d)
		return nil
	}
	queue := t.keys[m.OrderingKey]
	t.keys[m.OrderingKey] = append(queue, d)
	if len(queue) == 0 {
		go t.deliverKey(m.OrderingKey)
	}
	return nil
}

// Enqueue is Publish: there is nothing to gain by waiting for company.
func (t *Transport) Enqueue(ctx context.Context, m *transport.Message) (func(context.Context) error, error) {
	if err := t.Publish(ctx, m); err != nil {
		return nil, err
	}
	return func(context.Context) error { return nil }, nil
}

// Flush does nothing: what was enqueued is on its way.
func (t *Transport) Flush(context.Context) {}

// deliverKey delivers the messages of one key, in their order.
func (t *Transport) deliverKey(key string) {
	for {
		t.mu.Lock()
		queue := t.keys[key]
		if len(queue) == 0 {
			delete(t.keys, key)
			t.mu.Unlock()
			return
		}
		t.mu.Unlock()
		t.deliverAll(queue[0])
		t.mu.Lock()
		t.keys[key] = t.keys[key][1:]
		t.mu.Unlock()
	}
}

// deliverAll attempts d, once it is due, until it is acknowledged or dead.
func (t *Transport) deliverAll(d *transport.Delivery) {
	defer t.done()
	if !d.NotBefore.IsZero() {
		time.Sleep(time.Until(d.NotBefore))
	}
	for {
		d.Attempt++
		err, permanent := t.attempt(d)
		if err == nil {
			return
		}
		if d.Attempt == t.attempts || permanent {
			t.bury(d, err)
			return
		}
		time.Sleep(t.backoff(d.Attempt))
	}
}

// attempt hands a copy of d to the handler, in a goroutine of its own, so that
// a handler that panics or ends its goroutine fails this delivery only; the
// methods of its error, which say whether it is permanent, may do so too.
func (t *Transport) attempt(d *transport.Delivery) (err error, permanent bool) {
	t.slots <- struct{}{}
	defer func() { <-t.slots }()
	t.mu.Lock()
	handle := t.handler
	t.mu.Unlock()
	done := make(chan struct{})
	go func() {
		defer close(done)
		err = errors.New("the handler ended its goroutine")
		defer func() {
			if v := recover(); v != nil {
				err = fmt.Errorf("the handler panicked: %v", v)
			}
		}()
		delivery := *d
		result := handle(context.Background(), &delivery)
		permanent, err = transport.IsPermanent(result), result
	}()
	<-done
	return err, permanent
}

// bury keeps d where a person can find it.
func (t *Transport) bury(d *transport.Delivery, err error) {
	slog.Error("dispatch: mem: a message is dead", "attempts", d.Attempt, "error", err)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.dead = append(t.dead, &DeadLetter{*d, err})
}

// DeadLetters returns the messages that were given up, the oldest first.
func (t *Transport) DeadLetters() []*DeadLetter {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.dead)
}

func (t *Transport) done() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.pending--; t.pending > 0 {
		return
	}
	t.closed = t.closing
	for _, c := range t.idle {
		close(c)
	}
	t.idle = nil
}

// Wait returns when every message, those included that functions publish
// meanwhile and those that are not due yet, was acknowledged or is a dead letter,
// or when ctx is done.
func (t *Transport) Wait(ctx context.Context) error {
	t.mu.Lock()
	if t.pending == 0 {
		t.mu.Unlock()
		return nil
	}
	idle := make(chan struct{})
	t.idle = append(t.idle, idle)
	t.mu.Unlock()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Close waits as Wait does, for as long as functions dispatch themselves again,
// then refuses messages. A message published meanwhile is delivered before
// Close returns, or refused.
func (t *Transport) Close() error {
	t.mu.Lock()
	t.closing = true
	t.closed = t.pending == 0
	t.mu.Unlock()
	return t.Wait(context.Background())
}
