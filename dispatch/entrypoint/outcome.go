package entrypoint

import (
	"context"
	"errors"
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

// A Reason is the kind of cause that a delivery failed for. There are few, so
// that failures can be counted by it.
type Reason string

const (
	ReasonMalformed       Reason = "malformed" // it is no message, or no call
	ReasonTooLarge        Reason = "too large" // a limit of the entrypoint's
	ReasonExpired         Reason = "expired"   // its caller said until when
	ReasonUnknown         Reason = "unknown"   // no function has the name
	ReasonArguments       Reason = "arguments" // they do not decode
	ReasonRefused         Reason = "refused"   // by a middleware, or not allowed
	ReasonUnauthenticated Reason = "unauthenticated"
	ReasonStart           Reason = "start" // OnStart failed
	ReasonError           Reason = "error" // of the function
	ReasonPanic           Reason = "panic"
	ReasonTimeout         Reason = "timeout"
	ReasonOverload        Reason = "overload" // it waited too long for others
	ReasonStopped         Reason = "stopped"  // the callee shuts down
)

// A Result tells of one delivery. Its error never holds an argument, unless
// the function put it into its own error.
type Result struct {
	Outcome   Outcome
	Err       error     // nil if and only if Outcome is Executed
	Reason    Reason    // empty if Outcome is Executed
	ID        string    // of the call; empty if the message has none, and cut at 1,024 bytes
	Name      string    // of the function, as the message has it; cut as well
	Function  string    // that was found: the name it is registered under; empty if none was
	Attempt   int       // 0 where the platform does not say
	Published time.Time // zero where the platform does not say
	Duration  time.Duration

	foreign bool // a callee of other code might not fail
}

// Refuse says what becomes of a delivery that could not be read, because of
// err: the entrypoint had no message to execute.
func (e *Executor) Refuse(ctx context.Context, reason Reason, err error) Result {
	return e.conclude(ctx, nil, Result{Err: err, Reason: reason})
}

// conclude gives r, the result of d, its outcome, tells the observers, and logs
// it if it failed. It parks what no delivery will execute.
func (e *Executor) conclude(ctx context.Context, d *transport.Delivery, r Result) Result {
	var stack string
	f, ok := errors.AsType[*failure](r.Err)
	if ok {
		stack = f.stack
	}
	switch {
	case r.Err == nil:
		r.Outcome = Executed
	case d != nil && ok && f.permanent, r.foreign && isOld(d, e.patience):
		r.Outcome = Permanent
		if e.sink != nil {
			r.Outcome, r.Err = e.park(ctx, d, r.Err)
		}
	default:
		r.Outcome = Retry
	}
	if r.Err != nil && r.Reason != ReasonStopped {
		e.log(ctx, r, stack)
	}
	e.observe(ctx, r)
	return r
}

// observe tells the observers of r. One that panics costs its own knowledge.
func (e *Executor) observe(ctx context.Context, r Result) {
	for _, o := range e.observers {
		func() {
			defer func() { _ = recover() }()
			o(ctx, r)
		}()
	}
}

// isOld reports whether d is too old for a callee of other code to be on its
// way.
func isOld(d *transport.Delivery, patience time.Duration) bool {
	published := publishedAt(d)
	return !published.IsZero() && time.Since(published) > patience
}

// publishedAt returns when d was published, or, where the queue does not say, when its
// caller says that it was made.
func publishedAt(d *transport.Delivery) time.Time {
	if !d.Published.IsZero() || d.Attributes[envelope.AttrTime] == "" {
		return d.Published
	}
	t, _ := time.Parse(time.RFC3339Nano, d.Attributes[envelope.AttrTime])
	return t
}

// maxValue is the most of what a message has that is told, in bytes: the most that
// Pub/Sub takes as the value of an attribute.
const maxValue = 1024

// parking is how long a sink may take. With it, and with two times lag, a delivery
// ends before the platform's deadline, 10 seconds after that of the function.
const parking = 6 * time.Second

// park gives d to the sink, because of err, and returns what became of it.
func (e *Executor) park(ctx context.Context, d *transport.Delivery, err error) (Outcome, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), parking)
	defer cancel()
	letter := &deadletter.Letter{Delivery: *d, Reason: err.Error()}
	if perr := protect(time.After(parking+lag), func() error { return e.sink.Park(ctx, letter) }); perr != nil {
		return Permanent, &parkError{err, perr}
	}
	return Parked, err
}

// A parkError is the error of a message that the sink did not take. What the sink's
// error wraps says nothing of the call.
type parkError struct{ err, parking error }

func (e *parkError) Error() string { return e.Answer() + ": " + e.parking.Error() }
func (e *parkError) Unwrap() error { return e.err }

// Answer is the text for whoever sent the message, without that of the sink, which may
// tell of the callee's machine.
func (e *parkError) Answer() string { return e.err.Error() + "; and parking it failed" }
