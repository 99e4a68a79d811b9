package entrypoint

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch/internal/envelope"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/invocation"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/registry"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

// An attempt is one delivery under way. Its function may outlast the time that it
// has, and then another goroutine concludes; hence the atomics.
type attempt struct {
	*Executor
	id, name  string // as the message came with them
	began     time.Time
	delivery  *transport.Delivery // for end, which sets it to nil
	counted   func()              // the memory of the message is, by the attempt
	conclude  func(Result)        // for the caller
	concluded sync.Once
	step      atomic.Int32
	function  atomic.Pointer[registry.Function] // once it is found
	phase     atomic.Int32
	running   atomic.Pointer[context.Context] // the function's
}

// The phases of an attempt.
const (
	idle  = iota // the function has not begun
	begun        // it has
	over         // it will not any more
)

// doing says what the attempt is at.
func (a *attempt) doing() string {
	step := a.step.Load()
	var name string
	switch step {
	case handling, reading, limiting, expiring:
		name = a.id
	case lookingUp:
		name = a.name
	default:
		name = a.function.Load().Name
	}
	return fmt.Sprintf(steps[step].doing, name)
}

func (a *attempt) fail(err error) error { return fmt.Errorf("%s: %w", a.doing(), err) }

// run handles the delivery, and concludes when that has ended, or when its time is
// over.
func (a *attempt) run(ctx context.Context, d *transport.Delivery) {
	if a.deadline > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadlineCause(ctx, a.began.Add(a.deadline), &timeoutError{a.deadline})
		defer cancel()
	}
	leave, err := a.enter(ctx)
	if err == ErrStopped {
		a.end(ctx, func() Result { return Result{Err: err, Reason: ReasonStopped} })
		return
	}
	if err != nil {
		a.end(ctx, func() Result { return Result{Err: err, Reason: ReasonOverload} })
		return
	}
	if deadline, ok := ctx.Deadline(); ok {
		defer a.limit(ctx, time.Until(deadline)).Stop()
	}
	err = errGoexit
	defer func() { // also where a function ends the goroutine
		leave()
		a.end(ctx, func() Result { return a.result(err) })
	}()
	err = guard(func() error { return a.pass(ctx, d) })
}

// pass gives the delivery to the middleware, if there is any.
func (a *attempt) pass(ctx context.Context, d *transport.Delivery) error {
	if len(a.middleware) == 0 {
		return a.deliver(ctx, d)
	}
	ctx = context.WithValue(ctx, attemptKey{}, a)
	ctx = invocation.NewContext(ctx, invocation.Info{ID: a.id, Name: a.name, Attempt: d.Attempt, Time: publishedAt(d)})
	c := *d // which they may change
	c.Attributes = maps.Clone(d.Attributes)
	return a.handle(ctx, &c)
}

// limit concludes the attempt lag after d, when ctx has ended, unless it has ended
// itself.
func (a *attempt) limit(ctx context.Context, d time.Duration) *time.Timer {
	return time.AfterFunc(d+lag, func() { a.end(ctx, func() Result { return a.result(errGoesOn) }) })
}

// end concludes with a result, unless that was done before, and returns when it is
// done.
func (a *attempt) end(ctx context.Context, result func() Result) {
	a.concluded.Do(func() {
		r := result()
		r.ID, r.Name, r.Attempt, r.Published = clip(a.id, maxValue), clip(a.name, maxValue), a.delivery.Attempt, a.delivery.Published
		if f := a.function.Load(); f != nil {
			r.Function = f.Name
		}
		r.Duration = time.Since(a.began)
		defer func() { a.conclude(r) }() // also if an observer ends the goroutine
		if r.Outcome = Executed; r.Err != nil {
			r.Outcome = Retry
		}
		r = a.Executor.conclude(ctx, a.delivery, r)
		a.delivery = nil // timers that were stopped may keep the attempt for a while
	})
}

// result says what became of the attempt, which protect returned err of.
func (a *attempt) result(err error) Result {
	step := steps[a.step.Load()]
	f, _ := err.(*failure)
	switch {
	case step.reason == ReasonStopped:
		return Result{Err: ErrStopped, Reason: ReasonStopped} // whatever a middleware made of it
	case f == nil:
		return Result{}
	case f.goesOn && a.phase.CompareAndSwap(idle, over): // it is slow, and not of other code
		return Result{Err: fmt.Errorf("dispatch: %s: %w", a.doing(), f), Reason: ReasonTimeout}
	case f.goesOn:
		return Result{Err: fmt.Errorf("dispatch: %s: %w: %w", a.doing(), cmp.Or(context.Cause(*a.running.Load()), errLate), f), Reason: ReasonTimeout}
	}
	r := Result{Reason: cmp.Or(f.reason, step.reason), foreign: step.foreign}
	if f.err == nil { // it says nothing of what was being done
		r.Err = fmt.Errorf("dispatch: %s: %w", a.doing(), f)
	} else {
		r.Err = fmt.Errorf("dispatch: %w", f)
	}
	return r
}

type attemptKey struct{}

var errNoAttempt = errors.New("a middleware has lost the context of the delivery (pass on one that is made of it)")

var errNotAllowed = errors.New("this entrypoint does not (give its name to entrypoint.Allow, or publish the call to another)")

// deliver is the innermost handler, behind the middleware, which executes the
// attempt of ctx.
func deliver(ctx context.Context, d *transport.Delivery) error {
	a, ok := ctx.Value(attemptKey{}).(*attempt)
	if !ok {
		return errNoAttempt
	}
	return a.deliver(ctx, d)
}

func (a *attempt) deliver(ctx context.Context, d *transport.Delivery) error {
	if a.allowed != nil {
		a.checkAllowed(ctx)
	}
	a.step.Store(reading)
	call, packed, err := envelope.Read(d.Attributes, d.Data)
	if err != nil {
		return a.fail(err)
	}
	a.step.Store(expiring)
	if err := expired(call); err != nil {
		return transport.Permanent(a.fail(err))
	}
	a.step.Store(lookingUp)
	f, err := a.registry.Lookup(call.Name)
	if err != nil {
		return a.fail(err)
	}
	a.function.Store(f)
	a.step.Store(allowing)
	if a.allowed != nil && !slices.Contains(a.allowed, f.Name) {
		return a.fail(errNotAllowed)
	}
	a.step.Store(starting)
	if err := a.registry.Start(ctx, start); err != nil {
		return a.fail(err)
	}
	leave, err := a.queue(ctx, f)
	if err != nil {
		return a.fail(err)
	}
	defer leave()
	if a.Stopped() { // while it waited
		a.step.Store(stopping)
		return ErrStopped
	}
	if call.Time.IsZero() {
		call.Time = d.Published
	}
	h := &holding{room: a.held}
	defer h.release()
	if err := a.unpack(ctx, h, f, d, call, packed); err != nil {
		return a.fail(err)
	}
	a.counted() // by h, from now on
	return a.execute(ctx, f, call, d.Attempt)
}

// queue waits until f may run as often as it may, or until the callee is told to
// end.
func (a *attempt) queue(ctx context.Context, f *registry.Function) (leave func(), err error) {
	if f.Slots == nil {
		return func() {}, nil
	}
	a.step.Store(queueing)
	waiting, done := a.untilStopped(ctx)
	defer done()
	if err := f.Slots.Acquire(waiting, 1); err == nil {
		return func() { f.Slots.Release(1) }, nil
	}
	if a.Stopped() {
		a.step.Store(stopping)
		return nil, ErrStopped
	}
	return nil, context.Cause(ctx)
}

// untilStopped returns a context that ends with ctx, and when the callee is told
// to end.
func (a *attempt) untilStopped(ctx context.Context) (waiting context.Context, done func()) {
	waiting, cancel := context.WithCancel(ctx)
	unhook := context.AfterFunc(a.stopping, cancel)
	return waiting, func() {
		unhook()
		cancel()
	}
}

// unpack gives call, which d has brought, its arguments, if they are not too large,
// and when there is room for them, which h holds.
func (a *attempt) unpack(ctx context.Context, h *holding, f *registry.Function, d *transport.Delivery, call *envelope.Call, packed *envelope.Packed) error {
	size, came := packed.Size(), int64(d.Size())
	if packed.Compressed() { // nobody knows yet what it will need
		if err := a.makeRoom(ctx, h, came+int64(size)+min(f.Signature.Bound(size), a.limits.Memory)); err != nil {
			return err
		}
	}
	a.step.Store(reading)
	var err error
	if call.Args, err = packed.Unpack(a.maxArgs); err != nil {
		if errors.Is(err, envelope.ErrTooLarge) {
			a.step.Store(limiting)
		}
		return err
	}
	a.step.Store(measuring)
	memory, err := f.Signature.Measure(call.Args, a.limits, small-came)
	if err != nil {
		return err
	}
	if packed.Compressed() {
		memory += int64(len(call.Args)) // besides the data of d
	}
	return a.makeRoom(ctx, h, came+memory)
}

// makeRoom has h hold n bytes, or fails because the callee ends.
func (a *attempt) makeRoom(ctx context.Context, h *holding, n int64) error {
	if !h.asks(n) {
		return h.take(ctx, n) // at once
	}
	a.step.Store(waiting)
	until, done := a.untilStopped(ctx)
	defer done()
	err := h.take(until, n)
	if err != nil && a.Stopped() {
		a.step.Store(stopping)
		return ErrStopped
	}
	return err
}

// execute runs f, unless its time is over once the arguments are decoded.
func (a *attempt) execute(ctx context.Context, f *registry.Function, call *envelope.Call, n int) error {
	if timeout := cmp.Or(f.Timeout, a.timeout); timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, timeout, &timeoutError{timeout})
		defer cancel()
		defer a.limit(ctx, timeout).Stop()
	}
	a.step.Store(decoding)
	var args []reflect.Value
	err := guard(func() (err error) {
		args, err = f.Signature.Decode(call.Args)
		return err
	})
	if err != nil {
		err.(*failure).hide() // an argument may be in what it panicked with
		return a.fail(err)
	}
	ctx = invocation.NewContext(ctx, invocation.Info{ID: call.ID, Name: f.Name, Attempt: n, Time: call.Time})
	a.running.Store(&ctx)
	if err := a.begin(ctx, call); err != nil {
		return err
	}
	err = guard(func() error { return f.Call(ctx, args) })
	if err == nil {
		return nil
	}
	if late, ok := errors.AsType[*timeoutError](context.Cause(ctx)); ok {
		err.(*failure).reason = ReasonTimeout
		err = fmt.Errorf("%w: %w", late, err)
	}
	return a.fail(err)
}

// begin says that the function begins, unless it is too late for that.
func (a *attempt) begin(ctx context.Context, call *envelope.Call) error {
	a.step.Store(expiring)
	if err := expired(call); err != nil {
		return transport.Permanent(a.fail(err))
	}
	a.step.Store(executing)
	switch {
	case a.Stopped():
		a.step.Store(stopping)
		return ErrStopped
	case ctx.Err() != nil:
		a.step.Store(beginning)
		return a.fail(context.Cause(ctx))
	case !a.phase.CompareAndSwap(idle, begun) && a.phase.Load() == over:
		return a.fail(errLate) // nobody waits
	}
	return nil
}

func expired(call *envelope.Call) error {
	if call.Expiry.IsZero() {
		return nil
	}
	if late := time.Since(call.Expiry); late > 0 {
		return fmt.Errorf("it expired %v ago", late.Round(time.Second))
	}
	return nil
}

var errLate error = &timeoutError{}

// lag is how long a function may take to end once its time is over.
const lag = time.Second

// A timeoutError says why a function's context ended.
type timeoutError struct{ timeout time.Duration }

func (e *timeoutError) Error() string {
	if e.timeout == 0 {
		return "its time was over"
	}
	return fmt.Sprintf("its time of %v was over", e.timeout)
}

func (*timeoutError) Is(target error) bool { return target == context.DeadlineExceeded }

// start runs a function of OnStart. Its error is never permanent, whatever it
// holds: the call has not run.
func start(fn func() error) error {
	err := protect(nil, fn)
	if f, ok := err.(*failure); ok {
		again := *f // it may be shared
		again.permanent, again.err = false, nil
		return &again
	}
	return err
}
