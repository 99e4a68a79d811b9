// Package service holds the common parts of transports that send to a remote service:
// their named queues and their shutdown.
package service

import (
	"errors"
	"io"
	"maps"
	"slices"
	"sync"

	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

// A Life tracks the named queues, the operations in progress and the shutdown of a
// transport. Q is the type of its queues. The zero value is ready to use.
type Life[Q io.Closer] struct {
	mu         sync.Mutex
	closed     bool
	queues     map[string]Q   // by name
	operations sync.WaitGroup // added to only with mu held and closed false
	closeOnce  sync.Once
	closeErr   error // result of shut
}

// Queue returns the queue of the given name. It calls open to make it on first use.
func (l *Life[Q]) Queue(name string, open func() Q) (q Q, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return q, transport.ErrClosed
	}
	q, ok := l.queues[name]
	if !ok {
		q = open()
		if l.queues == nil {
			l.queues = make(map[string]Q)
		}
		l.queues[name] = q
	}
	return q, nil
}

// Queues returns the queues made so far, in random order.
func (l *Life[Q]) Queues() []Q {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Collect(maps.Values(l.queues))
}

// Begin starts an operation: Close waits until the caller calls End. If Begin returns
// an error, do not call End.
func (l *Life[Q]) Begin() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return transport.ErrClosed
	}
	l.operations.Add(1)
	return nil
}

// End ends an operation that Begin started.
func (l *Life[Q]) End() { l.operations.Done() }

// Close closes the queues, waits until all operations have ended, and calls shut, once.
// From then on, Begin returns an error. Close may be called several times, also
// concurrently.
func (l *Life[Q]) Close(shut func() error) error {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	var errs []error
	for _, q := range l.Queues() {
		errs = append(errs, q.Close())
	}
	l.closeOnce.Do(func() {
		l.operations.Wait()
		l.closeErr = shut()
	})
	return errors.Join(append(errs, l.closeErr)...)
}
