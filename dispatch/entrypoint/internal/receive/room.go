package receive

import (
	"context"
	"fmt"
	"slices"
	"sync"
)

// A room is a limited amount of memory, for arriving bodies or for their copies. When it
// is full, bodies wait in a queue. To avoid deadlock, one body at a time may exceed the
// room. The bodies in a room thus take at most its size and one body more.
type room struct {
	size int64

	mu        sync.Mutex
	held      int64
	exceeding *holding // may exceed the room; nil if none does
	queue     []*waiter
}

// A waiter is a holding that waits until it may hold want bytes.
type waiter struct {
	*holding
	want    int64
	granted chan struct{}
}

// A holding is the part of a room that one body has, none at first. It is not safe for
// concurrent use.
type holding struct {
	room *room // nil while n is 0
	n    int64
}

// mayExceed reports whether h may exceed its room.
func (h *holding) mayExceed() bool {
	if h.room == nil {
		return false
	}
	h.room.mu.Lock()
	defer h.room.mu.Unlock()
	return h.room.exceeding == h
}

// take makes h hold at least n bytes of r. It waits for them until ctx is done. If h held
// bytes of another room, it releases them afterwards.
func (h *holding) take(ctx context.Context, r *room, n int64) error {
	if h.room != r {
		moved := &holding{room: r}
		if err := moved.take(ctx, r, n); err != nil {
			return err
		}
		h.release()
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.exceeding == moved {
			r.exceeding = h
		}
		h.room, h.n = r, moved.n
		return nil
	}
	r.mu.Lock()
	if n <= h.n || len(r.queue) == 0 && r.grant(h, n) {
		r.mu.Unlock()
		return nil
	}
	if r.exceeding == h {
		r.grant(h, n)
		r.mu.Unlock()
		return nil
	}
	g := &waiter{h, n, make(chan struct{})}
	r.queue = append(r.queue, g)
	r.mu.Unlock()
	select {
	case <-g.granted:
		return nil
	case <-ctx.Done():
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	i := slices.Index(r.queue, g)
	if i < 0 {
		return nil // granted at the same time
	}
	r.queue = slices.Delete(r.queue, i, i+1)
	r.advance() // g may have been the first in the queue
	return fmt.Errorf("other requests hold the available memory: %w (raise entrypoint.MaxHeld, or run more callees)", context.Cause(ctx))
}

// grant makes h hold n bytes and returns true, if the room has them or h may exceed it.
// If no holding exceeds the room yet, h becomes the one that may.
func (r *room) grant(h *holding, n int64) bool {
	switch {
	case r.held+n-h.n <= r.size, r.exceeding == h:
	case r.exceeding == nil:
		r.exceeding = h
	default:
		return false
	}
	r.held += n - h.n
	h.n = n
	return true
}

// advance grants the waiters their bytes, in the order of the queue, up to the first one
// that must keep waiting.
func (r *room) advance() {
	for len(r.queue) > 0 && r.grant(r.queue[0].holding, r.queue[0].want) {
		close(r.queue[0].granted)
		r.queue = slices.Delete(r.queue, 0, 1)
	}
}

// shrink makes h hold at most n bytes.
func (h *holding) shrink(n int64) {
	if h.n <= n {
		return
	}
	r := h.room
	r.mu.Lock()
	defer r.mu.Unlock()
	r.held -= h.n - n
	h.n = n
	if n == 0 && r.exceeding == h || r.held <= r.size {
		r.exceeding = nil
	}
	r.advance()
}

// release releases all that h holds.
func (h *holding) release() {
	h.shrink(0)
	h.room = nil
}
