package receive

import (
	"context"
	"fmt"
	"slices"
	"sync"
)

// A room is the memory that bodies may take while they arrive, or that their copies may
// take. Bodies wait in line when it is full. To avoid deadlock, one of them at a time
// may exceed it: the one that grows alone. So it holds at most its size and one body.
type room struct {
	size int64

	mu    sync.Mutex
	held  int64
	alone *holding // nil if none has to grow alone
	line  []*growth
}

// A growth is a holding that waits until it may have n bytes.
type growth struct {
	*holding
	want    int64
	granted chan struct{}
}

// A holding is the room that one body has, none at first. One goroutine uses it.
type holding struct {
	room *room // nil while n is 0
	n    int64
}

// growsAlone reports whether h may exceed its room, for which others wait.
func (h *holding) growsAlone() bool {
	if h.room == nil {
		return false
	}
	h.room.mu.Lock()
	defer h.room.mu.Unlock()
	return h.room.alone == h
}

// take has h hold n bytes of r, and waits for them until ctx is done. What h holds
// of another room it gives back then.
func (h *holding) take(ctx context.Context, r *room, n int64) error {
	if h.room != r {
		moved := &holding{room: r}
		if err := moved.take(ctx, r, n); err != nil {
			return err
		}
		h.release()
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.alone == moved {
			r.alone = h
		}
		h.room, h.n = r, moved.n
		return nil
	}
	r.mu.Lock()
	if n <= h.n || len(r.line) == 0 && r.grant(h, n) {
		r.mu.Unlock()
		return nil
	}
	if r.alone == h {
		r.grant(h, n)
		r.mu.Unlock()
		return nil
	}
	g := &growth{h, n, make(chan struct{})}
	r.line = append(r.line, g)
	r.mu.Unlock()
	select {
	case <-g.granted:
		return nil
	case <-ctx.Done():
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	i := slices.Index(r.line, g)
	if i < 0 {
		return nil // granted at the same time
	}
	r.line = slices.Delete(r.line, i, i+1)
	r.advance() // it may have been the first
	return fmt.Errorf("other requests hold the memory there is: %w (raise entrypoint.MaxHeld, or run more callees)", context.Cause(ctx))
}

// grant has h hold n bytes, if there is room for them or nobody grows alone.
func (r *room) grant(h *holding, n int64) bool {
	switch {
	case r.held+n-h.n <= r.size, r.alone == h:
	case r.alone == nil:
		r.alone = h
	default:
		return false
	}
	r.held += n - h.n
	h.n = n
	return true
}

// advance lets those in line go on, in their order.
func (r *room) advance() {
	for len(r.line) > 0 && r.grant(r.line[0].holding, r.line[0].want) {
		close(r.line[0].granted)
		r.line = slices.Delete(r.line, 0, 1)
	}
}

// shrink has h hold no more than n bytes.
func (h *holding) shrink(n int64) {
	if h.n <= n {
		return
	}
	r := h.room
	r.mu.Lock()
	defer r.mu.Unlock()
	r.held -= h.n - n
	h.n = n
	if n == 0 && r.alone == h || r.held <= r.size {
		r.alone = nil
	}
	r.advance()
}

// release gives all of it back.
func (h *holding) release() {
	h.shrink(0)
	h.room = nil
}
