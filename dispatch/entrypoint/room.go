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

// hold waits until there is room for n bytes, or for nothing else, and returns
// what gives it back.
func (r *room) hold(ctx context.Context, n int64) (release func(), err error) {
	if n <= small {
		return func() {}, nil
	}
	n = min(n, r.size)
	if err := r.free.Acquire(ctx, n); err != nil {
		return nil, fmt.Errorf("other messages hold the %d bytes there are: %w (raise entrypoint.MaxHeld, or run more callees)", r.size, context.Cause(ctx))
	}
	return func() { r.free.Release(n) }, nil
}
