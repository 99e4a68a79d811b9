package executor

import (
	"context"
	"errors"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch/deadletter"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/envelope"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

// Refuse returns the result of a delivery that was not executed because of err: the
// entrypoint could not read its message.
func (e *Executor) Refuse(ctx context.Context, reason entrypoint.Reason, err error) entrypoint.Result {
	return e.conclude(ctx, nil, entrypoint.Result{Err: err, Reason: reason}, false)
}

// conclude sets the outcome of r, the result of d, calls the observers, and logs r if
// it failed. It parks a message that no further delivery will execute: its call failed
// permanently, or only another version of the callee might execute it, and d is old.
func (e *Executor) conclude(ctx context.Context, d *transport.Delivery, r entrypoint.Result, otherVersion bool) entrypoint.Result {
	var stack string
	f, ok := errors.AsType[*failure](r.Err)
	if ok {
		stack = f.stack
	}
	switch {
	case r.Err == nil:
		r.Outcome = entrypoint.Executed
	case d != nil && ok && f.permanent, otherVersion && isOld(d, e.Patience):
		r.Outcome = entrypoint.Permanent
		if e.DeadLetters != nil {
			r.Outcome, r.Err = e.park(ctx, d, r.Err)
		}
	default:
		r.Outcome = entrypoint.Retry
	}
	if r.Err != nil && r.Reason != entrypoint.ReasonStopped {
		e.log(ctx, r, stack)
	}
	e.observe(ctx, r)
	return r
}

// observe calls the observers with r. If one panics, the others are still called.
func (e *Executor) observe(ctx context.Context, r entrypoint.Result) {
	for _, o := range e.Observers {
		func() {
			defer func() { _ = recover() }()
			o(ctx, r)
		}()
	}
}

// isOld reports whether d is so old that no other version of the callee is going to be
// deployed for it.
func isOld(d *transport.Delivery, patience time.Duration) bool {
	published := publishedAt(d)
	return !published.IsZero() && time.Since(published) > patience
}

// publishedAt returns when d was published. If the queue does not tell, it is when the
// caller made the call, or zero.
func publishedAt(d *transport.Delivery) time.Time {
	if !d.Published.IsZero() || d.Attributes[envelope.AttrTime] == "" {
		return d.Published
	}
	t, _ := time.Parse(time.RFC3339Nano, d.Attributes[envelope.AttrTime])
	return t
}

// maxAttribute is how many bytes of an attribute are logged: Pub/Sub's limit for its
// value.
const maxAttribute = 1024

// parkTimeout is how long a sink may take. Together with two times timeoutGrace, it is less
// than the 10 seconds between the function's deadline and the platform's.
const parkTimeout = 6 * time.Second

// park gives d to the sink because of err, and returns the outcome.
func (e *Executor) park(ctx context.Context, d *transport.Delivery, err error) (entrypoint.Outcome, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), parkTimeout)
	defer cancel()
	letter := &deadletter.Letter{Delivery: *d, Reason: err.Error()}
	if perr := protect(time.After(parkTimeout+timeoutGrace), func() error { return e.DeadLetters.Park(ctx, letter) }); perr != nil {
		return entrypoint.Permanent, &parkError{err, perr}
	}
	return entrypoint.Parked, err
}

// A parkError is the error of a message that the sink did not take. It wraps the error
// of the call, not the sink's.
type parkError struct{ err, parking error }

func (e *parkError) Error() string { return e.Answer() + ": " + e.parking.Error() }
func (e *parkError) Unwrap() error { return e.err }

// Answer is the text for the sender of the message. It leaves out the sink's error, which
// may hold paths of the callee's machine.
func (e *parkError) Answer() string {
	return e.err.Error() + "; and storing it in the dead-letter sink failed"
}
