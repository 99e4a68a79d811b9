package executor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/envelope"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/limit"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/registry"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

// An attempt is one delivery that is being executed. If its time runs out, another
// goroutine concludes while this one still runs: the fields that both use are atomic.
type attempt struct {
	*Executor
	id, name  string // as in the message
	began     time.Time
	delivery  *transport.Delivery // for end, which sets it to nil
	concluded sync.Once

	// The functions that ExecuteHere got. They are nil for Execute, which waits for the
	// result instead.
	counted    func() // tells the caller that the attempt counts the memory of the message
	conclude   func(entrypoint.Result)
	waiting    sync.WaitGroup
	concluding entrypoint.Result // valid after waiting

	envelope envelope.Call // of the first call of next
	opened   atomic.Bool   // next was called: a middleware may call it again

	at       atomic.Pointer[phase] // for the error of an attempt whose time runs out
	failed   atomic.Pointer[phase] // in which the last call of next failed; nil if it did not
	stopped  atomic.Bool           // the call was refused because the callee stops
	function atomic.Pointer[registry.Function]
	progress atomic.Int32
	running  atomic.Pointer[registry.Invocation] // the function's context
}

// The progress of an attempt.
const (
	notStarted = iota // the function has not started
	started
	cancelled // the function has not started, and must no longer start
)

// runAlone is run in a goroutine of its own.
func (a *attempt) runAlone(ctx context.Context, d *transport.Delivery) {
	growStack()
	a.run(ctx, d)
}

// run handles the delivery. It concludes when the handling has ended, or when its time has
// run out.
func (a *attempt) run(ctx context.Context, d *transport.Delivery) {
	if a.Deadline > 0 {
		limited := new(limit.Context)
		limited.Init(ctx, a.began.Add(a.Deadline), &timeoutError{a.Deadline})
		defer limited.Stop()
		ctx = limited
	}
	leave, err := a.enter(ctx)
	if err != nil {
		reason := entrypoint.ReasonOverload
		if err == ErrStopped {
			reason = entrypoint.ReasonStopped
		}
		a.end(ctx, func() (entrypoint.Result, bool) { return entrypoint.Result{Err: err, Reason: reason}, false })
		return
	}
	if deadline, ok := ctx.Deadline(); ok {
		defer a.limit(ctx, time.Until(deadline)).Stop()
	}
	err = errGoexit
	defer func() { // also if a function ends the goroutine
		leave()
		a.end(ctx, func() (entrypoint.Result, bool) { return a.result(err) })
	}()
	err = guard(func() error { return a.pass(ctx, d) })
}

// pass gives the delivery to the middleware, if there is any.
func (a *attempt) pass(ctx context.Context, d *transport.Delivery) error {
	if len(a.Middleware) == 0 {
		return a.deliver(ctx, d)
	}
	ctx = context.WithValue(ctx, attemptKey{}, a)
	ctx = registry.Invoke(ctx, registry.Info{ID: a.id, Name: a.name, Attempt: d.Attempt, Time: publishedAt(d)})
	c := *d // which they may change
	c.Attributes = maps.Clone(d.Attributes)
	return a.handle(ctx, &c)
}

// timeoutGrace is how long a function may take to return after its context is done.
const timeoutGrace = time.Second

// limit concludes the attempt timeoutGrace after d, when ctx is done, unless it has
// concluded.
func (a *attempt) limit(ctx context.Context, d time.Duration) *time.Timer {
	return time.AfterFunc(d+timeoutGrace, func() {
		a.end(ctx, func() (entrypoint.Result, bool) { return a.result(errStillRunning) })
	})
}

// end concludes with the result, and whether another version of the callee might
// execute the call. It returns when the attempt is concluded, by this call or another.
func (a *attempt) end(ctx context.Context, result func() (r entrypoint.Result, otherVersion bool)) {
	a.concluded.Do(func() {
		r, otherVersion := result()
		r.ID, r.Name, r.Attempt, r.Published = clip(a.id, maxAttribute), clip(a.name, maxAttribute), a.delivery.Attempt, a.delivery.Published
		if f := a.function.Load(); f != nil {
			r.Function = f.Name
		}
		r.Duration = time.Since(a.began)
		defer func() { a.report(r) }() // also if an observer ends the goroutine
		if r.Outcome = entrypoint.Executed; r.Err != nil {
			r.Outcome = entrypoint.Retry
		}
		r = a.Executor.conclude(ctx, a.delivery, r, otherVersion)
		a.delivery = nil // stopped timers may keep the attempt for a while
	})
}

// report passes the result on.
func (a *attempt) report(r entrypoint.Result) {
	if a.conclude != nil {
		a.conclude(r)
		return
	}
	a.concluding = r
	a.waiting.Done()
}

// result returns the result of the attempt, for which guard or protect returned err.
func (a *attempt) result(err error) (r entrypoint.Result, otherVersion bool) {
	f, _ := err.(*failure)
	switch {
	case a.stopped.Load():
		return entrypoint.Result{Err: ErrStopped, Reason: entrypoint.ReasonStopped}, false // whatever a middleware made of it
	case f == nil:
		return entrypoint.Result{}, false
	case f.stillRunning:
		return entrypoint.Result{Err: fmt.Errorf("dispatch: %s: %w", a.at.Load().describe(a), a.timedOut(f)), Reason: entrypoint.ReasonTimeout}, false
	}
	p := a.failed.Load()
	switch {
	case p != nil:
	case a.progress.Load() == started: // the middleware failed after the function
		p = executing
	default:
		p = handling
	}
	r = entrypoint.Result{Reason: cmp.Or(f.reason, p.reason)}
	if f.err == nil { // the text does not say in which phase
		r.Err = fmt.Errorf("dispatch: %s: %w", a.at.Load().describe(a), f)
	} else {
		r.Err = fmt.Errorf("dispatch: %w", f)
	}
	return r, p.otherVersion
}

// timedOut returns why an attempt has failed that is still running: if its function has
// not started, it must not start any more.
func (a *attempt) timedOut(f *failure) error {
	if a.progress.CompareAndSwap(notStarted, cancelled) {
		return f
	}
	return fmt.Errorf("%w: %w", cmp.Or(context.Cause(a.running.Load()), errTooLate), f)
}

type attemptKey struct{}

var errNoAttempt = errors.New("a middleware called next without the context of the delivery (derive the context that you pass to next from the one you received)")

// deliver is the innermost handler, behind the middleware. It executes the attempt of
// ctx.
func deliver(ctx context.Context, d *transport.Delivery) error {
	a, ok := ctx.Value(attemptKey{}).(*attempt)
	if !ok {
		return errNoAttempt
	}
	return a.deliver(ctx, d)
}

// deliver decodes d and executes its call. It records how that failed, since a
// middleware may return another error.
func (a *attempt) deliver(ctx context.Context, d *transport.Delivery) error {
	if a.Allowed != nil {
		a.warnOfAllowed(ctx)
	}
	returned := false
	defer func() {
		if !returned { // it panicked, or a decoder has ended the goroutine
			a.failed.Store(a.at.Load())
		}
	}()
	err := a.execute(ctx, d)
	returned = true
	a.failed.Store(phaseOf(err))
	if err == ErrStopped {
		a.stopped.Store(true)
	}
	return err
}

var errTooLate error = &timeoutError{}

// A timeoutError is the cause of a context that is done because of a timeout.
type timeoutError struct{ timeout time.Duration }

func (e *timeoutError) Error() string {
	if e.timeout == 0 {
		return "timed out"
	}
	return fmt.Sprintf("timed out after %v", e.timeout)
}

func (*timeoutError) Is(target error) bool { return target == context.DeadlineExceeded }
