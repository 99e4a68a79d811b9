package dispatch

import (
	"context"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch/internal/invocation"
)

// Info tells a function of the call that it executes.
type Info struct {
	// ID identifies the call, and is the same on every delivery of it: use it
	// as the idempotency key.
	ID string

	// Name is the one that the function is registered under, also where the
	// call came under an alias.
	Name string

	// Attempt counts the deliveries of the call, from 1. It is 0 where the
	// platform does not say; Pub/Sub says it only for a subscription that has
	// a dead-letter policy.
	Attempt int

	// Time is when the call was made or published; zero where the platform
	// does not say.
	Time time.Time
}

// FromContext returns the facts of the call that is executed under ctx. It
// reports false where a function runs without a queue, as by [Func.Run].
func FromContext(ctx context.Context) (Info, bool) {
	i, ok := invocation.FromContext(ctx)
	return Info(i), ok
}

// Permanent marks err: no retry of the call will help. The call counts as
// failed for good, and goes to where the queue keeps such messages. Permanent
// returns nil for nil.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return &invocation.PermanentError{Err: err}
}
