package executor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/envelope"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/limit"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/registry"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

var errNotAllowed = errors.New("the entrypoint does not allow it (add its name to entrypoint.Allow, or publish the call to another entrypoint)")

// execute goes through the phases of an attempt, up to the function's return. An error
// wraps a [phaseError], or is ErrStopped.
func (a *attempt) execute(ctx context.Context, d *transport.Delivery) error {
	call := &a.envelope
	if a.opened.Swap(true) {
		call = new(envelope.Call)
	}
	packed, err := a.read(d, call)
	if err != nil {
		return err
	}
	f, err := a.find(ctx, call.Name)
	if err != nil {
		return err
	}
	leave, err := a.waitInLine(ctx, f)
	if err != nil {
		return err
	}
	defer leave()
	if a.Stopped() { // while it waited
		return ErrStopped
	}
	if call.Time.IsZero() {
		call.Time = d.Published
	}
	h := holding{room: a.held}
	defer func() { // stopped timers, and the function's context, may keep the attempt for a while
		call.Args = nil
		h.release()
	}()
	if err := a.unpack(ctx, &h, f, d, call, &packed); err != nil {
		return err
	}
	if a.counted != nil {
		a.counted() // from here on, h accounts for the memory of the message
	}
	return a.call(ctx, f, call, d.Attempt)
}

// read decodes the message up to its arguments.
func (a *attempt) read(d *transport.Delivery, call *envelope.Call) (envelope.Packed, error) {
	a.at.Store(reading)
	packed, err := call.Read(d.Attributes, d.Data)
	if err != nil {
		return packed, reading.fail(a, err)
	}
	return packed, a.checkExpiry(call)
}

// checkExpiry returns a permanent error if the call has expired.
func (a *attempt) checkExpiry(call *envelope.Call) error {
	a.at.Store(expiring)
	if call.Expiry.IsZero() {
		return nil
	}
	if ago := time.Since(call.Expiry); ago > 0 {
		return transport.Permanent(expiring.fail(a, fmt.Errorf("it expired %v ago", ago.Round(time.Second))))
	}
	return nil
}

// find returns the function with the given name, once it may be called: it is
// allowed, and the functions of OnStart have succeeded.
func (a *attempt) find(ctx context.Context, name string) (*registry.Function, error) {
	a.at.Store(lookingUp)
	f, err := a.registry.Lookup(name)
	if err != nil {
		return nil, lookingUp.fail(a, err)
	}
	a.function.Store(f)
	if a.Allowed != nil && !slices.Contains(a.Allowed, f.Name) {
		return nil, allowing.fail(a, errNotAllowed)
	}
	a.at.Store(starting)
	if err := a.registry.Start(ctx, start); err != nil {
		return nil, starting.fail(a, err)
	}
	return f, nil
}

// start runs a function of OnStart. Its error is never permanent, whatever it wraps:
// the call has not run.
func start(fn func() error) error {
	err := protect(nil, fn)
	if f, ok := err.(*failure); ok {
		again := *f // it may be shared
		again.permanent, again.err = false, nil
		return &again
	}
	return err
}

// waitInLine waits until one more call of f may run, by its option Concurrency.
func (a *attempt) waitInLine(ctx context.Context, f *registry.Function) (leave func(), err error) {
	if f.Slots == nil {
		return func() {}, nil
	}
	a.at.Store(queueing)
	until, done := a.untilStopped(ctx)
	defer done()
	switch err := f.Slots.Acquire(until, 1); {
	case err == nil:
		return func() { f.Slots.Release(1) }, nil
	case a.Stopped():
		return nil, ErrStopped
	}
	return nil, queueing.fail(a, context.Cause(ctx))
}

// untilStopped returns a context that is done when ctx is, or when Stop was called.
func (a *attempt) untilStopped(ctx context.Context) (until context.Context, done func()) {
	until, cancel := context.WithCancel(ctx)
	unhook := context.AfterFunc(a.stopping, cancel)
	return until, func() {
		unhook()
		cancel()
	}
}

// unpack unpacks the arguments of d into call.Args, when h holds the memory that they
// take.
func (a *attempt) unpack(ctx context.Context, h *holding, f *registry.Function, d *transport.Delivery, call *envelope.Call, packed *envelope.Packed) error {
	size, received := packed.Size(), int64(d.Size())
	if packed.Compressed() { // reserve for the worst case; the real size is not known yet
		if err := a.makeRoom(ctx, h, received+int64(size)+min(f.Signature.Bound(size), a.limits.Memory)); err != nil {
			return err
		}
	}
	a.at.Store(reading)
	var err error
	if call.Args, err = packed.Unpack(a.MaxArgs); errors.Is(err, envelope.ErrTooLarge) {
		return limiting.fail(a, err)
	} else if err != nil {
		return reading.fail(a, err)
	}
	a.at.Store(measuring)
	memory, err := f.Signature.Measure(call.Args, a.limits, unreservedSize-received)
	if err != nil {
		return measuring.fail(a, err)
	}
	if packed.Compressed() {
		memory += int64(len(call.Args)) // in addition to the data of d
	}
	return a.makeRoom(ctx, h, received+memory)
}

// makeRoom makes h hold n bytes, or fails if the callee stops while it waits.
func (a *attempt) makeRoom(ctx context.Context, h *holding, n int64) error {
	if h.mayWait(n) {
		a.at.Store(waiting)
		var done func()
		ctx, done = a.untilStopped(ctx)
		defer done()
	}
	switch err := h.take(ctx, n); {
	case err == nil:
		return nil
	case a.Stopped():
		return ErrStopped
	default:
		return waiting.fail(a, err)
	}
}

// call decodes the arguments and calls f, unless its time has run out by then.
func (a *attempt) call(ctx context.Context, f *registry.Function, call *envelope.Call, n int) error {
	if timeout := cmp.Or(f.Timeout, a.Timeout); timeout > 0 {
		limited := new(limit.Context)
		limited.Init(ctx, time.Now().Add(timeout), &timeoutError{timeout})
		defer limited.Stop()
		ctx = limited
		defer a.limit(ctx, timeout).Stop()
	}
	a.at.Store(decoding)
	var args []reflect.Value
	err := guard(func() (err error) {
		args, err = f.Signature.Decode(call.Args)
		return err
	})
	if err != nil {
		err.(*failure).hide() // the value that it panicked with may hold an argument
		return decoding.fail(a, err)
	}
	call.Args = nil // they may be large, and are decoded now
	v := registry.Invoke(ctx, registry.Info{ID: call.ID, Name: f.Name, Attempt: n, Time: call.Time})
	a.running.Store(v)
	if err := a.markStarted(v, call); err != nil {
		return err
	}
	err = guard(func() error { return f.Call(v, args) })
	if err == nil {
		return nil
	}
	if timeout, ok := errors.AsType[*timeoutError](context.Cause(v)); ok {
		err.(*failure).reason = entrypoint.ReasonTimeout
		err = fmt.Errorf("%w: %w", timeout, err)
	}
	return executing.fail(a, err)
}

// markStarted records that the function starts. It returns an error if the function must
// not start.
func (a *attempt) markStarted(ctx context.Context, call *envelope.Call) error {
	if err := a.checkExpiry(call); err != nil {
		return err
	}
	a.at.Store(executing)
	switch {
	case a.Stopped():
		return ErrStopped
	case ctx.Err() != nil:
		return beginning.fail(a, context.Cause(ctx))
	case !a.progress.CompareAndSwap(notStarted, started) && a.progress.Load() == cancelled:
		return executing.fail(a, errTooLate) // the delivery has failed already
	}
	return nil
}
