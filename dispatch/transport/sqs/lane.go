package sqs

import (
	"errors"
	"maps"
	"sync"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch/internal/sqsmessage"
)

// linger is how long an entry waits for others.
const linger = 10 * time.Millisecond

// An entry is a part of a batch request.
type entry interface {
	bytes() int
	orderingKey() string // empty if the order does not matter
	end(error)           // receives the result
}

// A lane collects entries and sends them in batches, in the order in which they came if
// requests is 1.
type lane[E entry] struct {
	send     func([]E) []error // returns a result for each
	requests int               // at a time

	mu      sync.Mutex
	waiting []waiting[E]
	size    int // of waiting, in bytes
	sending int // goroutines
	due     bool
	timer   *time.Timer    // sets due; nil if nothing waits
	flushes int            // ended ones
	refused map[string]int // by key of a message that was not accepted, the flushes before
}

// A waiting entry was added after some flushes.
type waiting[E entry] struct {
	entry   E
	flushes int
}

// add appends m to the lane.
func (l *lane[E]) add(m E) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiting = append(l.waiting, waiting[E]{m, l.flushes})
	l.size += m.bytes()
	if l.timer == nil {
		l.timer = time.AfterFunc(linger, l.hurry)
	}
	l.start()
}

// hurry sends the waiting entries, even if they do not fill a request.
func (l *lane[E]) hurry() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.due = len(l.waiting) > 0
	l.start()
}

// resume ends a flush: messages that are added from now on are accepted, whatever their
// key is. A message that was added during the flush is still refused if an earlier one
// with its key was.
func (l *lane[E]) resume() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.flushes++
	maps.DeleteFunc(l.refused, func(_ string, flushes int) bool {
		return len(l.waiting) == 0 || flushes < l.waiting[0].flushes
	})
}

// start starts one more goroutine, if there is work for it. l.mu is held.
func (l *lane[E]) start() {
	if l.ready() && l.sending < l.requests {
		l.sending++
		go l.run()
	}
}

// ready reports whether a request should be sent. l.mu is held.
func (l *lane[E]) ready() bool {
	return l.due || len(l.waiting) >= sqsmessage.MaxEntries || l.size >= sqsmessage.MaxBytes
}

// run sends batches until no request is ready.
func (l *lane[E]) run() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.ready() {
		batch, refused := l.take()
		l.start()
		l.mu.Unlock()
		for _, m := range refused {
			m.end(errPaused)
		}
		if len(batch) > 0 {
			l.deliver(batch)
		}
		l.mu.Lock()
	}
	l.sending--
}

// deliver sends batch, and records the results.
func (l *lane[E]) deliver(batch []E) {
	results := l.send(batch)
	l.mu.Lock()
	for i, m := range batch {
		if results[i] != nil && m.orderingKey() != "" {
			l.refused[m.orderingKey()] = l.flushes
		}
	}
	l.mu.Unlock()
	for i, m := range batch {
		m.end(results[i])
	}
}

// take removes the messages of the next request, and those that follow a refused message
// of the same key. l.mu is held.
func (l *lane[E]) take() (batch, refused []E) {
	n, size := 0, 0
	for ; n < len(l.waiting) && len(batch) < sqsmessage.MaxEntries; n++ {
		m := l.waiting[n].entry
		if flushes, ok := l.refused[m.orderingKey()]; ok && l.waiting[n].flushes <= flushes {
			refused = append(refused, m)
			continue
		}
		if size+m.bytes() > sqsmessage.MaxBytes {
			break
		}
		batch, size = append(batch, m), size+m.bytes()
	}
	for _, w := range l.waiting[:n] {
		l.size -= w.entry.bytes()
	}
	clear(l.waiting[:n]) // the array stays for a while
	l.waiting = l.waiting[n:]
	if len(l.waiting) == 0 {
		l.waiting, l.due = nil, false
		if l.timer != nil {
			l.timer.Stop()
			l.timer = nil
		}
	}
	return batch, refused
}

// errPaused is the result of a message whose predecessor was refused.
var errPaused = errors.New("an earlier message with the same ordering key was not accepted (send both again, in order)")
