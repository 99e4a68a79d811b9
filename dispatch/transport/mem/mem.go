// Package mem is a transport within one process, for tests and for programs that are
// both caller and callee. Its URL is mem: or mem://, and each client has its own queue:
//
//	c := dispatch.New(mem.New())
//
// # Delivery
//
// Messages are delivered in the background, at least once, several at a time. Queued
// messages are lost when the process ends: call Close or Wait first. A crash loses them.
//
// # Ordering
//
// Messages with the same ordering key are delivered one after the other, each after the
// previous one was acknowledged or given up. A delayed message also delays the messages
// behind it with the same key.
//
// # Acknowledgement
//
// A message is acknowledged when its handler returns nil. If the handler returns an
// error, panics or ends its goroutine, the message is delivered again after a growing
// delay. After the number of deliveries that Attempts sets, or an error that is marked
// as permanent, the message is logged and kept as a dead letter. A queue that was opened
// from a URL delivers a message up to 12 times, within about 20 seconds.
//
// # Limits
//
// A message may have a little less than 10 MB, as in gcppubsub. A message that is
// accepted in a test is therefore not too large for Pub/Sub. The number of messages is
// not limited.
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
			return nil, errors.New("want mem: and nothing after it")
		}
		return New(Attempts(urlAttempts)), nil
	})
}

// urlAttempts is for programs, which want more retries than tests. With the default
// backoff, the last attempt comes after 20 seconds: in a shutdown, platforms grant about
// 30.
const urlAttempts = 12

// maxSize equals the limit of gcppubsub, as a test checks.
const maxSize = 10_000_000 - 4096

// maxDead bounds the memory of a long-running program.
const maxDead = 1000

// An Option configures a [Transport]. A nil option is ignored. [New] panics if a value
// is out of range.
type Option interface{ apply(*Transport) error }

type setting func(*Transport) error

func (f setting) apply(c *Transport) error { return f(c) }

// Attempts sets how often a message is delivered before it becomes a dead letter. The
// number must be more than 0. The default is 5.
func Attempts(n int) Option {
	return setting(func(t *Transport) error { return option.Positive(&t.attempts, "Attempts", n) })
}

// Backoff sets the function that returns the delay after a failed attempt. The first
// attempt is 1. The function must not be nil. The default is 10 ms, doubled with each
// attempt, up to about 10 s.
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
	slots       chan struct{} // one for each handler that is running

	mu      sync.Mutex
	handler transport.Handler
	pending int             // messages neither acknowledged nor dead
	idle    []chan struct{} // closed when pending is 0
	keys    map[string][]*transport.Delivery
	dead    []*DeadLetter
	closing chan struct{} // closed by Close
	closed  bool          // as soon as pending is 0 after that
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

// New returns an empty queue. Publish and Enqueue return an error until Handle was
// called, which dispatch.New does.
func New(opts ...Option) *Transport {
	t := &Transport{keys: make(map[string][]*transport.Delivery), closing: make(chan struct{})}
	option.Must("mem", option.Each(opts, func(o Option) error { return o.apply(t) }))
	t.attempts = cmp.Or(t.attempts, 5)
	t.concurrency = cmp.Or(t.concurrency, 16)
	if t.backoff == nil {
		t.backoff = func(attempt int) time.Duration { return 10 * time.Millisecond << min(attempt-1, 10) }
	}
	t.slots = make(chan struct{}, t.concurrency)
	return t
}

// Handle sets the handler of the messages. Call it before the first Publish.
func (t *Transport) Handle(h transport.Handler) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.handler = h
}

// Queue returns t itself: messages for all queues are delivered here.
func (t *Transport) Queue(string) (transport.Transport, error) { return t, nil }

// MaxSize returns a little less than 10 MB.
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
		return errors.New("mem: the transport has no handler (make a client on it with dispatch.New)")
	}
	d := &transport.Delivery{Message: *m, Published: time.Now()}
	t.pending++
	if m.OrderingKey == "" {
		go t.deliver(d)
		return nil
	}
	queue := t.keys[m.OrderingKey]
	t.keys[m.OrderingKey] = append(queue, d)
	if len(queue) == 0 {
		go t.deliverKey(m.OrderingKey)
	}
	return nil
}

// Enqueue calls Publish: bundling would gain nothing.
func (t *Transport) Enqueue(ctx context.Context, m *transport.Message) (func(context.Context) error, error) {
	if err := t.Publish(ctx, m); err != nil {
		return nil, err
	}
	return func(context.Context) error { return nil }, nil
}

// Flush does nothing: Enqueue does not hold messages back.
func (t *Transport) Flush(context.Context) {}

// deliverKey delivers the messages of one key in their order.
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
		t.deliver(queue[0])
		t.mu.Lock()
		t.keys[key] = t.keys[key][1:]
		t.mu.Unlock()
	}
}

// deliver waits until d is due, then attempts it until it is acknowledged or becomes a
// dead letter.
func (t *Transport) deliver(d *transport.Delivery) {
	defer t.done()
	if err := t.waitUntilDue(d); err != nil {
		t.addDeadLetter(d, err)
		return
	}
	for {
		d.Attempt++
		err, permanent := t.attempt(d)
		if err == nil {
			return
		}
		if d.Attempt == t.attempts || permanent {
			t.addDeadLetter(d, err)
			return
		}
		time.Sleep(t.backoff(d.Attempt))
	}
}

// waitUntilDue returns an error if Close is called before d is due.
func (t *Transport) waitUntilDue(d *transport.Delivery) error {
	wait := time.Until(d.NotBefore)
	if d.NotBefore.IsZero() || wait <= 0 {
		return nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-t.closing:
		return fmt.Errorf("the message was due in %v: %w", wait.Round(time.Millisecond), transport.ErrClosed)
	}
}

// attempt passes a copy of d to the handler. It does so in another goroutine, so that a
// handler that panics or ends its goroutine fails this delivery only. IsPermanent is
// called there too, since it calls methods of the handler's error.
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

// addDeadLetter logs d and keeps it as a dead letter.
func (t *Transport) addDeadLetter(d *transport.Delivery, err error) {
	slog.Error("dispatch: mem: a message became a dead letter",
		"id", d.Attributes["ce-id"], "function", d.Attributes["ce-subject"], "attempts", d.Attempt, "error", err)
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.dead) == maxDead {
		t.dead = slices.Delete(t.dead, 0, 1)
	}
	t.dead = append(t.dead, &DeadLetter{*d, err})
}

// DeadLetters returns the newest 1,000 messages that were given up, the oldest first.
func (t *Transport) DeadLetters() []*DeadLetter {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.dead)
}

// done counts one message as finished. After the last one it wakes the callers of Wait,
// and closes the queue if Close was called.
func (t *Transport) done() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.pending--; t.pending > 0 {
		return
	}
	select {
	case <-t.closing:
		t.closed = true
	default:
	}
	for _, c := range t.idle {
		close(c)
	}
	t.idle = nil
}

// Wait returns nil when every message was acknowledged or became a dead letter. It also
// waits for delayed messages and for messages that functions publish meanwhile. If ctx
// is done first, Wait returns its error.
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

// Close waits as Wait does, for as long as functions make further calls, then refuses
// messages. A message published meanwhile is delivered before Close returns, or
// refused. Messages that are not due yet become dead letters at once: if they should be
// delivered, call Wait first.
func (t *Transport) Close() error {
	t.mu.Lock()
	select {
	case <-t.closing: // by an earlier Close
	default:
		close(t.closing)
	}
	t.closed = t.pending == 0
	t.mu.Unlock()
	return t.Wait(context.Background())
}
