package entrypoint

import (
	"context"
	"fmt"

	"golang.org/x/sync/semaphore"
)

// A room is the memory that the messages which are executed may take at a time.
type room struct {
	size         int64
	medium, free *semaphore.Weighted
}

const (
	// small is how many bytes a message may take without asking: there are no more
	// of these than calls run at a time.
	small = 64 << 10

	// Messages that take a 64th of the room have a fourth as much of their own, so
	// that they need not wait for larger ones.
	mediumShare, mediumRoom = 64, 4
)

func newRoom(size int64) *room {
	return &room{size, semaphore.NewWeighted(size / mediumRoom), semaphore.NewWeighted(size)}
}

// A holding is the room that one message has, none at first. One goroutine uses it.
type holding struct {
	*room
	of *semaphore.Weighted // nil until it has some, or waits for it
	n  int64
}

// asks reports whether h may have to wait for n bytes.
func (h *holding) asks(n int64) bool { return n > max(small, h.n) }

// take has h hold n bytes, or all there is if that is less. For more than it holds
// it waits until there is room; the bytes that it holds beyond n it gives back.
func (h *holding) take(ctx context.Context, n int64) error {
	if n <= small {
		n = 0
	}
	n = min(n, h.size)
	switch {
	case n <= h.n:
		if h.n > n {
			h.of.Release(h.n - n)
		}
		h.n = n
		return nil
	case h.of == nil && n <= h.size/mediumShare:
		h.of = h.medium
	case h.of == nil:
		h.of = h.free
	}
	if err := h.of.Acquire(ctx, n-h.n); err != nil {
		return fmt.Errorf("other messages hold the %d bytes there are: %w (raise entrypoint.MaxHeld, or run more callees)", h.size, context.Cause(ctx))
	}
	h.n = n
	return nil
}

// release gives all of it back.
func (h *holding) release() {
	if h.n > 0 {
		h.of.Release(h.n)
		h.n = 0
	}
}
