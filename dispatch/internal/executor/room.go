package executor

import (
	"context"
	"fmt"

	"golang.org/x/sync/semaphore"
)

// A room is the memory for the messages that are being executed.
type room struct {
	size         int64
	medium, free *semaphore.Weighted
}

const (
	// unreservedSize is how many bytes a message may take without a reservation. The limit
	// of running calls bounds them.
	unreservedSize = 64 << 10

	// Messages of up to a 64th of the room have a reserve of their own, of a fourth of
	// its size, so that they need not wait for larger ones.
	mediumShare, mediumRoom = 64, 4
)

func newRoom(size int64) *room {
	return &room{size, semaphore.NewWeighted(size / mediumRoom), semaphore.NewWeighted(size)}
}

// A holding is the part of the room that one message has, none at first. It is not safe
// for concurrent use.
type holding struct {
	*room
	sem *semaphore.Weighted // nil until h holds or waits for bytes
	n   int64
}

// mayWait reports whether h may have to wait for n bytes.
func (h *holding) mayWait(n int64) bool { return n > max(unreservedSize, h.n) }

// take makes h hold n bytes, or the whole room if that is less. To get more than it
// holds, it waits; bytes beyond n it releases.
func (h *holding) take(ctx context.Context, n int64) error {
	if n <= unreservedSize {
		n = 0
	}
	n = min(n, h.size)
	switch {
	case n <= h.n:
		if h.n > n {
			h.sem.Release(h.n - n)
		}
		h.n = n
		return nil
	case h.sem == nil && n <= h.size/mediumShare:
		h.sem = h.medium
	case h.sem == nil:
		h.sem = h.free
	}
	if err := h.sem.Acquire(ctx, n-h.n); err != nil {
		return fmt.Errorf("other messages hold the available %d bytes: %w (raise entrypoint.MaxHeld, or run more callees)", h.size, context.Cause(ctx))
	}
	h.n = n
	return nil
}

// release releases all that h holds.
func (h *holding) release() {
	if h.n > 0 {
		h.sem.Release(h.n)
		h.n = 0
	}
}
