package service

import (
	"context"
	"sync"
)

// Sends tracks the enqueued messages that have no result yet. The zero value is ready to
// use. Its methods take a time that does not depend on the number of messages.
type Sends struct {
	mu             sync.Mutex
	last           uint64 // number of the message that was begun last
	oldest, newest *Send  // of a list of the messages without a result, in order
	flushes        []*flush
}

// A Send is one enqueued message.
type Send struct {
	sends      *Sends
	number     uint64 // from 1, in the order in which the messages were begun
	prev, next *Send
	done       chan struct{}
	err        error // read it after done is closed
}

// A flush waits for the messages up to a number.
type flush struct {
	last uint64
	then func()
	done chan struct{}
}

// Begin adds a message. The caller must call End.
func (s *Sends) Begin() *Send {
	one := &Send{sends: s, done: make(chan struct{})}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last++
	one.number, one.prev = s.last, s.newest
	if s.newest != nil {
		s.newest.next = one
	} else {
		s.oldest = one
	}
	s.newest = one
	return one
}

// End records the result of the message. Call it once.
func (s *Send) End(err error) {
	s.err = err
	close(s.done)
	for _, f := range s.sends.remove(s) {
		f.then()
		close(f.done)
	}
}

// remove removes a message, and returns the flushes that wait for no other.
func (s *Sends) remove(one *Send) (ended []*flush) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if one.prev != nil {
		one.prev.next = one.next
	} else {
		s.oldest = one.next
	}
	if one.next != nil {
		one.next.prev = one.prev
	} else {
		s.newest = one.prev
	}
	one.prev, one.next = nil, nil // who waits for it may keep it
	n := 0
	for n < len(s.flushes) && (s.oldest == nil || s.flushes[n].last < s.oldest.number) {
		n++
	}
	ended, s.flushes = s.flushes[:n:n], s.flushes[n:]
	if len(s.flushes) == 0 {
		s.flushes = nil
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
	if s.oldest == nil {
		return nil
	}
	f := &flush{last: s.last, then: then, done: make(chan struct{})}
	s.flushes = append(s.flushes, f)
	return f
}
