package dispatch

import (
	"context"
	"fmt"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch/internal/registry"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

// Info describes the call being executed.
type Info struct {
	// ID identifies the call. It is the same on every delivery: use it as the
	// idempotency key.
	ID string

	// Name is the name under which the function is registered, even if the call used an
	// alias.
	Name string

	// Attempt counts the deliveries of the call, from 1. If the platform does not
	// report it, it is 0; Pub/Sub reports it only for a subscription with a dead-letter
	// policy.
	Attempt int

	// Time is when the call was made, if the message says so, and otherwise when it was
	// published. If neither is known, it is zero.
	Time time.Time
}

// FromContext returns the Info of the call being executed under ctx. It reports false
// if the function runs without a queue, as with [Func.Run].
func FromContext(ctx context.Context) (Info, bool) {
	i, ok := registry.FromContext(ctx)
	return Info(i), ok
}

// OnStart registers fn to run in the callee before its first call, for example to open
// a database. fn runs once, after every init, under a context that does not end. If fn
// fails, the delivery fails, and fn runs again before the next one. Several functions
// run in the order of their registration.
//
// Call OnStart in init. In a caller, fn does not run.
func OnStart(fn func(context.Context) error) {
	if fn == nil {
		panic(fmt.Errorf("dispatch: register OnStart at %s: the function is nil (pass a function)", caller()))
	}
	registry.Default.OnStart(fn)
}

// Permanent marks err: a retry of the call will not help. A callee with
// entrypoint.DeadLetters, or a queue that keeps dead letters itself, as mem does, makes
// the call a dead letter at once. Otherwise the call is retried like any other: Pub/Sub
// delivers it again until the dead-letter policy of its subscription applies. Permanent
// returns nil for nil.
func Permanent(err error) error { return transport.Permanent(err) }
