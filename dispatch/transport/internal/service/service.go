// Package service has what transports share that send to a service of Google's:
// their queues and their end, and what its errors say.
package service

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

// A Life is that of a transport, whose queues are of type Q. Its zero value is
// ready to use.
type Life[Q io.Closer] struct {
	mu      sync.Mutex
	closed  bool
	queues  map[string]Q   // those beside the transport, by name
	sending sync.WaitGroup // added to with mu held, and never once closed
	end     sync.Once
	err     error // of the end
}

// Queue returns the queue of the given name, which open makes at the first time.
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

// Queues returns those that there are.
func (l *Life[Q]) Queues() []Q {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Collect(maps.Values(l.queues))
}

// Begin holds Close off until the caller calls End, unless it returns an error.
func (l *Life[Q]) Begin() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return transport.ErrClosed
	}
	l.sending.Add(1)
	return nil
}

// End ends what Begin began.
func (l *Life[Q]) End() { l.sending.Done() }

// Close closes the queues, and calls shut, once, when what has begun has ended;
// nothing begins any more. It may be called several times, also at once.
func (l *Life[Q]) Close(shut func() error) error {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	var errs []error
	for _, q := range l.Queues() {
		errs = append(errs, q.Close())
	}
	l.end.Do(func() {
		l.sending.Wait()
		l.err = shut()
	})
	return errors.Join(append(errs, l.err)...)
}

// Explain says what was being done when err came, and adds the cure of those that a
// person can act on. It has the ends of contexts as package context has them.
func Explain(doing string, err error, cures map[codes.Code]string) error {
	if err == nil {
		return nil
	}
	code, cure := status.Code(err), ""
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
	case code == codes.Canceled:
		err = context.Canceled
	case code == codes.DeadlineExceeded:
		err = context.DeadlineExceeded
	case cures[code] != "":
		cure = cures[code] + ": "
	}
	return fmt.Errorf("%s: %s%w", doing, cure, err)
}
