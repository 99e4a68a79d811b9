package entrypoint

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch/deadletter"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/envelope"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

// An Outcome is what became of one delivery.
type Outcome string

const (
	Executed  Outcome = "executed"  // acknowledge it
	Retry     Outcome = "retry"     // a failed delivery: another one may help
	Permanent Outcome = "permanent" // a failed delivery: no other one will help
	Parked    Outcome = "parked"    // acknowledge it: the sink has it
)

// A Result tells of one delivery. Its error never holds an argument, unless
// the function put it into its own error.
type Result struct {
	Outcome  Outcome
	Err      error  // nil if and only if Outcome is Executed
	ID       string // of the call; empty if the message has none
	Name     string // of the function, as the message has it
	Attempt  int    // 0 where the platform does not say
	Duration time.Duration
}

// Refuse says what becomes of a delivery that could not be read, because of
// err: the entrypoint had no message to execute.
func (e *Executor) Refuse(ctx context.Context, err error) Result {
	return e.conclude(ctx, nil, Result{Err: err})
}

// conclude gives r, the result of d, its outcome, and logs it if it failed. It
// parks what no delivery will execute.
func (e *Executor) conclude(ctx context.Context, d *transport.Delivery, r Result) Result {
	if r.Err == nil {
		r.Outcome = Executed
		return r
	}
	r.Outcome = Retry
	if r.Err == ErrStopped {
		return r
	}
	var stack string
	f, ok := errors.AsType[*failure](r.Err)
	if ok {
		stack = f.stack
	}
	if ok && f.permanent || d != nil && e.isHopeless(r.Err, d) {
		r.Outcome = Permanent
		if e.sink != nil {
			r.Outcome, r.Err = e.park(ctx, d, r.Err)
		}
	}
	e.log(ctx, r, stack)
	return r
}

// An undeliverable is an error that a callee of other code would not have.
type undeliverable struct{ error }

func (e undeliverable) Unwrap() error { return e.error }

// isHopeless reports whether d, which failed with err, is too old for a callee of
// other code to be on its way.
func (e *Executor) isHopeless(err error, d *transport.Delivery) bool {
	if _, ok := err.(undeliverable); !ok { // and not what a function's error wraps, whose methods may panic
		return false
	}
	published := d.Published
	if published.IsZero() { // then the caller may have said it
		published, _ = time.Parse(time.RFC3339Nano, d.Attributes[envelope.AttrTime])
	}
	return !published.IsZero() && time.Since(published) > e.patience
}

// parking is how long a sink may take. With it, and with two times lag, a delivery
// ends before the platform's deadline, 10 seconds after that of the function.
const parking = 6 * time.Second

// park gives d to the sink, because of err, and returns what became of it.
func (e *Executor) park(ctx context.Context, d *transport.Delivery, err error) (Outcome, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), parking)
	defer cancel()
	letter := &deadletter.Letter{Delivery: *d, Reason: err.Error()}
	if perr := protect(time.After(parking+lag), func() {}, func() error { return e.sink.Park(ctx, letter) }); perr != nil {
		// What the sink's error wraps says nothing of the call.
		return Permanent, fmt.Errorf("%w; and parking it failed: %v", err, perr)
	}
	return Parked, err
}
