// Package entrypoint decides what becomes of a message that reaches the
// callee: one executor, on which the entrypoints for each platform (the
// packages below this one) are thin adapters.
//
// Nothing is acknowledged that was not executed, or given to the sink that
// [DeadLetters] sets. An unknown name, arguments that do not decode, a panic and an
// error of the function are each a failed delivery, which the queue repeats or
// dead-letters.
package entrypoint

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch/deadletter"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/envelope"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/invocation"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/registry"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

// An Executor runs the functions that are registered in this process. It is
// safe for concurrent use.
type Executor struct {
	registry    *registry.Registry
	logger      *slog.Logger
	concurrency int
	slots       chan struct{} // one for each running call; nil if there is no limit
	grace       time.Duration
	timeout     time.Duration // 0 if there is none
	patience    time.Duration
	sink        deadletter.Sink // may be nil
	stopped     chan struct{}   // closed by Stop
	stop        sync.Once
}

// ErrStopped is the error of a delivery that came, or had to wait, until the
// callee was told to end. It is not logged.
var ErrStopped = errors.New("dispatch: the callee is shutting down (deliver it again)")

// New returns an executor.
func New(opts ...Option) *Executor {
	e := &Executor{registry: &registry.Default, stopped: make(chan struct{})}
	for _, o := range opts {
		o(e)
	}
	e.grace = cmp.Or(e.grace, 10*time.Second)
	e.patience = cmp.Or(e.patience, time.Hour)
	if e.concurrency > 0 {
		e.slots = make(chan struct{}, e.concurrency)
	}
	return e
}

// Concurrency returns what the option set; 0 if none did.
func (e *Executor) Concurrency() int { return e.concurrency }

// Grace returns what the option set, or its default.
func (e *Executor) Grace() time.Duration { return e.grace }

// Execute runs the call in d and says what became of it. It does not panic,
// whatever the function does.
func (e *Executor) Execute(ctx context.Context, d *transport.Delivery) Result {
	start := time.Now()
	r := Result{
		ID:      d.Attributes[envelope.AttrID],
		Name:    d.Attributes[envelope.AttrSubject],
		Attempt: d.Attempt,
	}
	r.Err = e.run(ctx, d)
	r.Duration = time.Since(start)
	return e.conclude(ctx, d, r)
}

// Stop has deliveries refused, from now on, whose functions have not begun; what
// runs is not disturbed.
func (e *Executor) Stop() { e.stop.Do(func() { close(e.stopped) }) }

// Handle is a [transport.Handler].
func (e *Executor) Handle(ctx context.Context, d *transport.Delivery) error {
	switch r := e.Execute(ctx, d); r.Outcome {
	case Parked:
		return nil
	case Permanent:
		return transport.Permanent(r.Err)
	default:
		return r.Err
	}
}

func (e *Executor) run(ctx context.Context, d *transport.Delivery) error {
	leave, err := e.enter(ctx)
	if err != nil {
		return err
	}
	f, call, err := e.prepare(ctx, d)
	if err != nil {
		leave()
		return err
	}
	return e.execute(ctx, f, call, d.Attempt, leave)
}

// prepare finds the function of the call in d, which may run then.
func (e *Executor) prepare(ctx context.Context, d *transport.Delivery) (*registry.Function, *envelope.Call, error) {
	call, err := envelope.Decode(d.Attributes, d.Data)
	if err != nil {
		return nil, nil, undeliverable{fmt.Errorf("dispatch: decode message %.64q: %w", d.Attributes[envelope.AttrID], err)}
	}
	f, err := e.registry.Lookup(call.Name)
	if err != nil {
		return nil, nil, undeliverable{fmt.Errorf("dispatch: look up %q: %w", call.Name, err)}
	}
	if err := e.registry.Start(ctx, start); err != nil {
		return nil, nil, fmt.Errorf("dispatch: start before %s: %w", f.Name, err)
	}
	if e.isStopped() { // while it waited for OnStart
		return nil, nil, ErrStopped
	}
	if call.Time.IsZero() {
		call.Time = d.Published
	}
	return f, call, nil
}

// enter waits until a call may run, and returns what is called when it has. It
// comes before the message is looked at, whose data may be large once it is
// decompressed.
func (e *Executor) enter(ctx context.Context) (leave func(), err error) {
	leave = func() {}
	if e.slots != nil {
		select {
		case e.slots <- struct{}{}:
			leave = func() { <-e.slots }
		case <-e.stopped:
		case <-ctx.Done():
			return nil, fmt.Errorf("dispatch: wait for other calls: %w", ctx.Err())
		}
	}
	if e.isStopped() {
		leave()
		return nil, ErrStopped
	}
	return leave, nil
}

func (e *Executor) isStopped() bool {
	select {
	case <-e.stopped:
		return true
	default:
		return false
	}
}

// execute runs f. It calls ended when f has ended, which may be after it
// returned.
func (e *Executor) execute(ctx context.Context, f *registry.Function, call *envelope.Call, attempt int, ended func()) error {
	ctx = invocation.NewContext(ctx, invocation.Info{ID: call.ID, Name: f.Name, Attempt: attempt, Time: call.Time})
	var limit <-chan time.Time
	if timeout := cmp.Or(f.Timeout, e.timeout); timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, timeout, &timeoutError{timeout})
		defer cancel()
		limit = time.After(timeout + lag)
	}
	var begun atomic.Bool // f has, or it will not any more
	err := protect(limit, ended, func() error {
		in, err := f.Signature.Decode(call.Args)
		if err != nil {
			return err
		}
		if !begun.CompareAndSwap(false, true) {
			return nil // too late: nobody waits
		}
		return f.Call(ctx, in)
	})
	switch late, ok := errors.AsType[*timeoutError](context.Cause(ctx)); {
	case err == nil:
		return nil
	case begun.CompareAndSwap(false, true):
		failed := err.(*failure)
		failed.hide() // an argument may be in what it panicked with
		err = fmt.Errorf("dispatch: decode arguments of %s: %w", f.Name, err)
		if failed.goesOn {
			return err // it is slow, and not of other code
		}
		return undeliverable{err}
	case ok:
		err = fmt.Errorf("%w: %w", late, err)
	}
	return fmt.Errorf("dispatch: execute %s: %w", f.Name, err)
}

// lag is how long a function may take to end once its time is over.
const lag = time.Second

// A timeoutError says why a function's context ended.
type timeoutError struct{ timeout time.Duration }

func (e *timeoutError) Error() string      { return fmt.Sprintf("its time of %v was over", e.timeout) }
func (*timeoutError) Is(target error) bool { return target == context.DeadlineExceeded }

// start runs a function of OnStart. Its error is never permanent, whatever it
// holds: the call has not run.
func start(fn func() error) error {
	err := protect(nil, func() {}, fn)
	if f, ok := err.(*failure); ok {
		f.permanent, f.err = false, nil
	}
	return err
}
