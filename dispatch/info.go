package dispatch

import (
	"context"
	"fmt"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch/internal/registry"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
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
	i, ok := registry.FromContext(ctx)
	return Info(i), ok
}

// OnStart has fn run in the callee before its first call: it opens a database,
// say, for the functions to use. It runs once, after every init, under a
// context that does not end. If it fails, so does the delivery, and fn is run
// again before the next one. Several run in the order of their registration.
//
// Call OnStart where Register is called: when package variables are
// initialized, or in init. In a caller, fn does not run.
func OnStart(fn func(context.Context) error) {
	if fn == nil {
		panic(fmt.Errorf("dispatch: register OnStart at %s: the function is nil (give one)", caller()))
	}
	registry.Default.OnStart(fn)
}

// Permanent marks err: no retry of the call will help. A queue that keeps dead
// letters itself, as mem does, puts the call there at once; Pub/Sub delivers it
// again until its subscription's dead-letter policy ends that. Permanent
// returns nil for nil.
func Permanent(err error) error { return transport.Permanent(err) }
