// Package entrypoint decides what becomes of a message that reaches the
// callee: one executor, on which the entrypoints for each platform (the
// packages below this one) are thin adapters.
//
// Nothing is acknowledged that was not executed. An unknown name, arguments
// that do not decode, a panic and an error of the function are each a failed
// delivery, which the queue repeats or dead-letters.
package entrypoint

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch/internal/envelope"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/invocation"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/registry"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

// An Outcome is what became of one delivery.
type Outcome string

const (
	Executed  Outcome = "executed"  // acknowledge it
	Retry     Outcome = "retry"     // a failed delivery: another one may help
	Permanent Outcome = "permanent" // a failed delivery: no other one will help
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

// An Option configures an [Executor].
type Option func(*Executor)

// Logger has failed deliveries logged to l. The default, also for nil, is
// [slog.Default] at the time of the delivery.
func Logger(l *slog.Logger) Option { return func(e *Executor) { e.logger = l } }

// Concurrency is how many calls are executed at a time; the others wait. The
// default, also for a number below 1, is 64 where the callee pulls, and no
// limit where calls are pushed to it: there the platform has one. A callee that
// pulls holds as many calls as that, so calls with one ordering key, which wait
// for each other, can keep others waiting.
func Concurrency(n int) Option { return func(e *Executor) { e.concurrency = max(n, 0) } }

// Grace is how long running calls may take to end once the callee is told to.
// The default, also for a duration of 0 or less, is 10 seconds, after which
// Cloud Run kills a process. It has no effect on a Cloud Function, which waits
// for what runs until it is killed.
func Grace(d time.Duration) Option { return func(e *Executor) { e.grace = max(d, 0) } }

// An Executor runs the functions that are registered in this process. It is
// safe for concurrent use.
type Executor struct {
	registry    *registry.Registry
	logger      *slog.Logger
	concurrency int
	slots       chan struct{} // one for each running call; nil if there is no limit
	grace       time.Duration
	stopped     chan struct{} // closed by Stop
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
	return e.conclude(ctx, r)
}

// Stop has deliveries refused, from now on, whose functions have not begun; what
// runs is not disturbed.
func (e *Executor) Stop() { e.stop.Do(func() { close(e.stopped) }) }

// Refuse says what becomes of a delivery that could not be read, because of
// err: the entrypoint had no message to execute.
func (e *Executor) Refuse(ctx context.Context, err error) Result {
	return e.conclude(ctx, Result{Err: err})
}

// conclude gives r its outcome, and logs it if it failed.
func (e *Executor) conclude(ctx context.Context, r Result) Result {
	if r.Err == nil {
		r.Outcome = Executed
		return r
	}
	r.Outcome = Retry
	if r.Err == ErrStopped {
		return r
	}
	var stack string
	if f, ok := errors.AsType[*failure](r.Err); ok {
		stack = f.stack
		if f.permanent {
			r.Outcome = Permanent
		}
	}
	e.log(ctx, r, stack)
	return r
}

// Handle is a [transport.Handler].
func (e *Executor) Handle(ctx context.Context, d *transport.Delivery) error {
	r := e.Execute(ctx, d)
	if r.Outcome == Permanent {
		return transport.Permanent(r.Err)
	}
	return r.Err
}

func (e *Executor) run(ctx context.Context, d *transport.Delivery) error {
	leave, err := e.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	call, err := envelope.Decode(d.Attributes, d.Data)
	if err != nil {
		return fmt.Errorf("dispatch: decode message %.64q: %w", d.Attributes[envelope.AttrID], err)
	}
	f, err := e.registry.Lookup(call.Name)
	if err != nil {
		return fmt.Errorf("dispatch: look up %q: %w", call.Name, err)
	}
	if err := e.registry.Start(ctx, start); err != nil {
		return fmt.Errorf("dispatch: start before %s: %w", f.Name, err)
	}
	if e.isStopped() { // while it waited for OnStart
		return ErrStopped
	}
	if call.Time.IsZero() {
		call.Time = d.Published
	}
	ctx = invocation.NewContext(ctx, invocation.Info{ID: call.ID, Name: f.Name, Attempt: d.Attempt, Time: call.Time})
	if doing, err := execute(ctx, f, call.Args); err != nil {
		return fmt.Errorf("dispatch: %s %s: %w", doing, f.Name, err)
	}
	return nil
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

// execute runs f, and says what was being done when there is an error.
func execute(ctx context.Context, f *registry.Function, args []byte) (doing string, err error) {
	const decoding = "decode arguments of"
	doing = decoding
	err = protect(func() error {
		in, err := f.Signature.Decode(args)
		if err != nil {
			return err
		}
		doing = "execute"
		return f.Call(ctx, in)
	})
	if panicked, ok := err.(*failure); ok && doing == decoding {
		panicked.hide()
	}
	return doing, err
}

// start runs a function of OnStart. Its error is never permanent, whatever it
// holds: the call has not run.
func start(fn func() error) error {
	err := protect(fn)
	if f, ok := err.(*failure); ok {
		f.permanent, f.err = false, nil
	}
	return err
}
