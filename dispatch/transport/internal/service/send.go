package service

import (
	"context"
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
	sends   *Sends
	done    chan struct{}
	err     error    // read it after done is closed
	flushes []*flush // that wait for it
}

// A flush waits for several messages.
type flush struct {
	pending int
	then    func()
	done    chan struct{}
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
	for _, f := range s.remove() {
		f.then()
		close(f.done)
	}
}

// remove removes the message, and returns the flushes that waited for it only.
func (s *Send) remove() (ended []*flush) {
	s.sends.mu.Lock()
	defer s.sends.mu.Unlock()
	delete(s.sends.all, s)
	for _, f := range s.flushes {
		if f.pending--; f.pending == 0 {
			ended = append(ended, f)
		}
	}
	return ended
}

// Wait returns the result, or the error of ctx if ctx is done before there is one.
func (s *Send) Wait(ctx context.Context) error {
	if isClosed(s.done) { // a limit.Context starts its timer in Done
		return s.err
	}
	select {
	case <-s.done:
	case <-ctx.Done():
	}
	if isClosed(s.done) { // the result takes precedence
		return s.err
	}
	return ctx.Err()
}

func isClosed(c chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// Flush waits until each message that was begun before has its result, or until ctx is
// done. When they all have, then is called, even if ctx was done before: by Flush itself,
// or by the End of the last message.
func (s *Sends) Flush(ctx context.Context, then func()) {
	f := s.begun(then)
	if f == nil {
		then()
		return
	}
	select {
	case <-f.done:
	case <-ctx.Done():
	}
}

// begun returns a flush of the messages that have no result yet, or nil if there are none.
func (s *Sends) begun(then func()) *flush {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.all) == 0 {
		return nil
	}
	f := &flush{pending: len(s.all), then: then, done: make(chan struct{})}
	for one := range s.all {
		one.flushes = append(one.flushes, f)
	}
	return f
}
