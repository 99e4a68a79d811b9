package service

import (
	"context"
	"slices"
	"sync"
)

// Sends tracks the enqueued messages that have no result yet. The zero value is ready to
// use.
type Sends struct {
	mu  sync.Mutex
	all map[*Send]bool
}

// A Send is one enqueued message.
type Send struct {
	sends *Sends
	done  chan struct{}
	err   error // read it after done is closed
}

// Begin adds a message. The caller must call End.
func (s *Sends) Begin() *Send {
	one := &Send{sends: s, done: make(chan struct{})}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all == nil {
		s.all = make(map[*Send]bool)
	}
	s.all[one] = true
	return one
}

// End records the result of the message. Call it once.
func (s *Send) End(err error) {
	s.err = err
	close(s.done)
	s.sends.mu.Lock()
	defer s.sends.mu.Unlock()
	delete(s.sends.all, s)
}

// Wait returns the result, or the error of ctx if ctx is done before there is one.
func (s *Send) Wait(ctx context.Context) error {
	if s.isDone() { // otherwise ctx.Done may start a timer
		return s.err
	}
	select {
	case <-s.done:
	case <-ctx.Done():
	}
	if s.isDone() { // the result takes precedence
		return s.err
	}
	return ctx.Err()
}

// isDone reports whether there is a result.
func (s *Send) isDone() bool {
	select {
	case <-s.done:
		return true
	default:
		return false
	}
}

// Flush waits until each message that was begun before has its result, or until ctx is
// done. It reports whether all have.
func (s *Sends) Flush(ctx context.Context) bool {
	s.mu.Lock()
	all := make([]*Send, 0, len(s.all))
	for one := range s.all {
		all = append(all, one)
	}
	s.mu.Unlock()
	return !slices.ContainsFunc(all, func(one *Send) bool {
		select {
		case <-one.done:
			return false
		case <-ctx.Done():
			return true
		}
	})
}
