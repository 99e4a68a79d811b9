package entrypoint

import (
	"context"
	"fmt"

	"golang.org/x/sync/semaphore"
)

// A room is how much memory messages may take at a time.
type room struct {
	size int64
	free *semaphore.Weighted
}

// newRoom returns room for size bytes.
func newRoom(size int64) *room { return &room{size, semaphore.NewWeighted(size)} }

// small is what a message may take without asking: there are no more of these
// than calls run at a time.
const small = 64 << 10

// A Holding is the room that one message has, none at first.
// [Executor.Arriving] makes one. It is used by one goroutine at a time.
type Holding struct {
	room *room
	n    int64
}

// Take has h hold n bytes, or all there is if that is less. For more than it holds
// it waits until there is room; what it holds over n it gives back.
func (h *Holding) Take(ctx context.Context, n int64) error {
	if n <= small {
		n = 0
	}
	n = min(n, h.room.size)
	if n == h.n {
		return nil
	}
	if n < h.n {
		h.room.free.Release(h.n - n)
		h.n = n
		return nil
	}
	if err := h.room.free.Acquire(ctx, n-h.n); err != nil {
		return fmt.Errorf("other messages hold the %d bytes there are: %w (raise entrypoint.MaxHeld, or run more callees)", h.room.size, context.Cause(ctx))
	}
	h.n = n
	return nil
}

// Release gives all of it back.
func (h *Holding) Release() {
	if h.n > 0 {
		h.room.free.Release(h.n)
		h.n = 0
	}
}
