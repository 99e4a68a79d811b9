package outbox

import (
	"maps"
	"sync"
	"time"
)

// linger is how long an entry waits for others.
const linger = 10 * time.Millisecond

// BatchLimits limit a request.
type BatchLimits struct {
	Entries int
	Bytes   int  // of all entries; one that is larger is sent alone
	OneKey  bool // all entries of a request have the same ordering key
}

// An Entry is a part of a request.
type Entry interface {
	Bytes() int
	OrderingKey() string // empty if the order does not matter
	End(error)           // receives the result
}

// A Lane collects entries and sends them in batches. With one request at a time, those with
// the same key are sent in the order in which they came.
type Lane[E Entry] struct {
	requests int // at a time
	batch    BatchLimits
	send     func([]E) []error // returns a result for each

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
type waiting[E Entry] struct {
	entry   E
	flushes int
}

// NewLane returns a lane that passes batches to send.
func NewLane[E Entry](requests int, b BatchLimits, send func([]E) []error) *Lane[E] {
	return &Lane[E]{requests: requests, batch: b, send: send, refused: make(map[string]int)}
}

// Add appends m to the lane.
func (l *Lane[E]) Add(m E) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiting = append(l.waiting, waiting[E]{m, l.flushes})
	l.size += m.Bytes()
	if l.timer == nil {
		l.timer = time.AfterFunc(linger, l.Hurry)
	}
	l.start()
}

// Hurry sends the waiting entries, even if they do not fill a request.
func (l *Lane[E]) Hurry() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.due = len(l.waiting) > 0
	l.start()
}

// resume ends a flush: messages that are added from now on are accepted, whatever their
// key is. A message that was added during the flush is still refused if an earlier one
// with its key was.
func (l *Lane[E]) resume() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.flushes++
	maps.DeleteFunc(l.refused, func(_ string, flushes int) bool {
		return len(l.waiting) == 0 || flushes < l.waiting[0].flushes
	})
}

// start starts one more goroutine, if there is work for it. l.mu is held.
func (l *Lane[E]) start() {
	if l.ready() && l.sending < l.requests {
		l.sending++
		go l.run()
	}
}

// ready reports whether a request should be sent. l.mu is held.
func (l *Lane[E]) ready() bool {
	return l.due || len(l.waiting) >= l.batch.Entries || l.size >= l.batch.Bytes
}

// run sends batches until no request is ready.
func (l *Lane[E]) run() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.ready() {
		batch, refused := l.take()
		l.start()
		l.mu.Unlock()
		for _, m := range refused {
			m.End(ErrPaused)
		}
		if len(batch) > 0 {
			l.deliver(batch)
		}
		l.mu.Lock()
	}
	l.sending--
}

// deliver sends batch, and records the results.
func (l *Lane[E]) deliver(batch []E) {
	results := l.send(batch)
	l.mu.Lock()
	for i, m := range batch {
		if results[i] != nil && m.OrderingKey() != "" {
			l.refused[m.OrderingKey()] = l.flushes
		}
	}
	l.mu.Unlock()
	for i, m := range batch {
		m.End(results[i])
	}
}

// take removes the messages of the next request, and those that follow a refused message
// of the same key. l.mu is held.
func (l *Lane[E]) take() (batch, refused []E) {
	var others []waiting[E] // that wait for a request with their key
	n, size := 0, 0
	for ; n < len(l.waiting) && len(batch) < l.batch.Entries; n++ {
		w := l.waiting[n]
		m, key := w.entry, w.entry.OrderingKey()
		if flushes, ok := l.refused[key]; ok && w.flushes <= flushes {
			refused, l.size = append(refused, m), l.size-m.Bytes()
			continue
		}
		if l.batch.OneKey && len(batch) > 0 && key != batch[0].OrderingKey() {
			others = append(others, w)
			continue
		}
		if len(batch) > 0 && size+m.Bytes() > l.batch.Bytes {
			break
		}
		batch, size = append(batch, m), size+m.Bytes()
	}
	l.size -= size
	rest := n - len(others)
	clear(l.waiting[:rest]) // the array stays for a while
	copy(l.waiting[rest:n], others)
	l.waiting = l.waiting[rest:]
	if len(l.waiting) == 0 {
		l.waiting, l.due = nil, false
		if l.timer != nil {
			l.timer.Stop()
			l.timer = nil
		}
	}
	return batch, refused
}
