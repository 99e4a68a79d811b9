package dispatch

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/cloud-functions-dispatch/go/dispatch/internal/limit"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

// Batch runs fn, and publishes the calls made under its context together. In fn, Call
// returns when the call is buffered in this process. After fn, Batch waits until the
// queue has answered for all calls. It returns the error of fn, joined with one error
// for each call that the queue did not accept. Each of these names the ID of its call.
//
// An error does not recall the calls that were accepted. fn may make calls from several
// goroutines, but must wait for them: a call under its context returns an error after
// fn has returned. A batch within a batch publishes its calls itself, when it ends.
func Batch(ctx context.Context, fn func(context.Context) error) error {
	settling, cancel := context.WithCancel(ctx)
	b := &batch{settle: func(calls []queued, clients map[*Client]bool) []error { return settle(settling, calls, clients) }}
	defer b.abandon(ctx, cancel)
	err := fn(context.WithValue(ctx, batchKey{}, b))
	return errors.Join(err, b.wait(ctx))
}

type batchKey struct{}

func batchFrom(ctx context.Context) *batch {
	b, _ := ctx.Value(batchKey{}).(*batch)
	return b
}

// A batch collects the calls queued under its context.
type batch struct {
	mu      sync.Mutex
	ended   bool
	calls   []queued
	clients map[*Client]bool

	settle   func([]queued, map[*Client]bool) []error // calls before the end
	settling sync.WaitGroup
	errs     []error // of these
}

// maxQueued is how many calls a batch collects before it settles them, so that a batch of
// a million calls does not take a million times the memory of one.
const maxQueued = 1 << 16

type queued struct {
	client   *Client
	name, id string
	wait     func(context.Context) error
}

var errBatchEnded = errors.New("the batch of its context has ended (use the context that you passed to Batch)")

// add enqueues m, the message of the call q.
func (b *batch) add(ctx context.Context, to transport.Transport, q queued, m *transport.Message) error {
	b.mu.Lock()
	ended := b.ended
	b.mu.Unlock()
	if ended {
		return errBatchEnded
	}
	// Outside of the lock, since it may block.
	err := q.client.await(ctx, new(limit.Context), func(ctx context.Context) (err error) {
		q.wait, err = to.Enqueue(ctx, m)
		return err
	})
	if err != nil {
		return err
	}
	joined, full, clients := b.join(q)
	if !joined {
		// The batch ended meanwhile and will not wait for this call.
		return q.client.await(ctx, new(limit.Context), func(ctx context.Context) error {
			to.Flush(ctx)
			return q.wait(ctx)
		})
	}
	if full == nil {
		return nil
	}
	settled := make(chan struct{})
	go func() {
		defer b.settling.Done()
		defer close(settled)
		errs := b.settle(full, clients)
		b.mu.Lock()
		defer b.mu.Unlock()
		b.errs = append(b.errs, errs...)
	}()
	select {
	case <-settled:
	case <-ctx.Done(): // the call is in the batch nevertheless
	}
	return nil
}

// join adds q to the batch. It reports false if the batch has ended. If the batch is full,
// it returns its calls, which are to be settled and no longer belong to it.
func (b *batch) join(q queued) (joined bool, full []queued, clients map[*Client]bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ended {
		return false, nil, nil
	}
	b.calls = append(b.calls, q)
	if b.clients == nil {
		b.clients = make(map[*Client]bool)
	}
	b.clients[q.client] = true
	if len(b.calls) == maxQueued {
		full, clients = b.calls, b.clients
		b.calls, b.clients = nil, nil
		b.settling.Add(1)
	}
	return true, full, clients
}

// end ends the batch, which refuses calls from then on. It returns the calls so far; a
// second end returns none.
func (b *batch) end() (calls []queued, clients map[*Client]bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	calls, clients = b.calls, b.clients
	b.ended, b.calls, b.clients = true, nil, nil
	return calls, clients
}

// abandon ends a batch whose fn panicked: it sends the queued calls without waiting for
// their results. After wait it does nothing.
func (b *batch) abandon(ctx context.Context, cancelSettling context.CancelFunc) {
	cancelSettling()
	b.settling.Wait()
	canceled, cancel := context.WithCancel(ctx)
	cancel()
	_, clients := b.end()
	for c := range clients {
		c.transport.Flush(canceled)
	}
}

var errUnanswered = fmt.Errorf("the queue did not answer for an earlier call: %w (check that it can be reached; this call may have been published)", context.DeadlineExceeded)

// wait ends the batch and returns an error for each call that was not accepted.
func (b *batch) wait(ctx context.Context) error {
	calls, clients := b.end()
	errs := settle(ctx, calls, clients)
	b.settling.Wait()
	return errors.Join(append(b.errs, errs...)...)
}

// settle waits until the calls were accepted, and returns an error for each that was not.
// Once the queue does not answer for a call of a client, it does not wait for the client's
// other calls.
func settle(ctx context.Context, calls []queued, clients map[*Client]bool) (errs []error) {
	for c := range clients {
		_ = c.await(ctx, new(limit.Context), func(ctx context.Context) error { c.transport.Flush(ctx); return nil })
	}
	canceled, cancel := context.WithCancel(ctx)
	cancel()
	unanswered := make(map[*Client]bool)
	for _, c := range calls {
		var err error
		if !unanswered[c.client] {
			err = c.client.await(ctx, new(limit.Context), c.wait)
			unanswered[c.client] = ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded)
		} else if err = c.wait(canceled); errors.Is(err, context.Canceled) && ctx.Err() == nil {
			err = errUnanswered
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("dispatch: call %s with ID %s: %w", c.name, c.id, err))
		}
	}
	return errs
}
