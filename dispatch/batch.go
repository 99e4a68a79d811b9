package dispatch

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

// Batch runs fn, and has the calls that are made under the context given to
// it published together. Inside, a Call returns when it is queued; Batch waits
// for all of them, once, and returns an error that names the ID of each call
// that the queue did not accept, joined with the error of fn.
//
// What was accepted stays so: an error does not recall it. Calls may be made
// from several goroutines, which fn waits for; one made under that context
// after fn has returned is an error. A batch within a batch is one of its own.
func Batch(ctx context.Context, fn func(context.Context) error) error {
	b := new(batch)
	defer b.abandon(ctx)
	err := fn(context.WithValue(ctx, batchKey{}, b))
	return errors.Join(err, b.wait(ctx))
}

type batchKey struct{}

func batchFrom(ctx context.Context) *batch {
	b, _ := ctx.Value(batchKey{}).(*batch)
	return b
}

// A batch collects the calls that were queued under its context.
type batch struct {
	mu      sync.Mutex
	ended   bool
	calls   []queued
	clients map[*Client]bool
}

type queued struct {
	client   *Client
	name, id string
	wait     func(context.Context) error
}

var errBatchEnded = errors.New("the batch of its context has ended (use the context from outside of Batch)")

// add enqueues m, the message of the call q.
func (b *batch) add(ctx context.Context, to transport.Transport, q queued, m *transport.Message) error {
	b.mu.Lock()
	ended := b.ended
	b.mu.Unlock()
	if ended {
		return errBatchEnded
	}
	// Outside of the lock, since it may block.
	err := q.client.await(ctx, func(ctx context.Context) (err error) {
		q.wait, err = to.Enqueue(ctx, m)
		return err
	})
	if err != nil {
		return err
	}
	if !b.join(q) {
		// The batch ended meanwhile and will not wait for it.
		return q.client.await(ctx, func(ctx context.Context) error {
			to.Flush(ctx)
			return q.wait(ctx)
		})
	}
	return nil
}

// join reports whether the batch still takes the call.
func (b *batch) join(q queued) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ended {
		return false
	}
	b.calls = append(b.calls, q)
	if b.clients == nil {
		b.clients = make(map[*Client]bool)
	}
	b.clients[q.client] = true
	return true
}

// end has later calls refused, and returns the ones so far, once.
func (b *batch) end() (calls []queued, clients map[*Client]bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	calls, clients = b.calls, b.clients
	b.ended, b.calls, b.clients = true, nil, nil
	return calls, clients
}

// abandon ends a batch whose fn panicked: what was queued is sent, and nobody
// waits for it.
func (b *batch) abandon(ctx context.Context) {
	gone, cancel := context.WithCancel(ctx)
	cancel()
	_, clients := b.end()
	for c := range clients {
		c.transport.Flush(gone)
	}
}

var errUnanswered = fmt.Errorf("the queue has not answered for a call before it: %w (it may have been published)", context.DeadlineExceeded)

// wait ends the batch and returns an error for each call that was rejected. Once the
// queue has not answered for a call of a client, it does not wait for others of it.
func (b *batch) wait(ctx context.Context) error {
	calls, clients := b.end()
	for c := range clients {
		_ = c.await(ctx, func(ctx context.Context) error { c.transport.Flush(ctx); return nil })
	}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	unanswered := make(map[*Client]bool)
	var errs []error
	for _, c := range calls {
		var err error
		if !unanswered[c.client] {
			err = c.client.await(ctx, c.wait)
			unanswered[c.client] = ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded)
		} else if err = c.wait(gone); errors.Is(err, context.Canceled) && ctx.Err() == nil {
			err = errUnanswered
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("dispatch: call %s with ID %s: %w", c.name, c.id, err))
		}
	}
	return errors.Join(errs...)
}
