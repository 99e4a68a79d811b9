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
	"slices"
	"sync"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch/deadletter"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/codec"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/envelope"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/registry"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

// An Executor runs the functions that are registered in this process. It is
// safe for concurrent use.
type Executor struct {
	registry       *registry.Registry
	logger         *slog.Logger
	middleware     []func(transport.Handler) transport.Handler
	handle         transport.Handler // the middleware, around deliver
	allowed        []string          // names of functions; nil if all are
	allowedChecked sync.Once
	admit          func(ctx context.Context, authorization string) error
	observers      []func(context.Context, Result)
	concurrency    int
	slots          chan struct{} // one for each running call; nil if there is no limit
	maxBody        int64
	maxArgs        int
	maxHeld        int64
	limits         codec.Limits
	held           *room // by messages that are executed
	grace          time.Duration
	timeout        time.Duration // of a function; 0 if there is none
	deadline       time.Duration // of a delivery; 0 if there is none
	patience       time.Duration
	sink           deadletter.Sink // may be nil
	stopping       context.Context // of no call: it is done once Stop was called
	stop           context.CancelFunc
}

// ErrStopped is the error of a delivery that came, or had to wait, until the
// callee was told to end. It is not logged.
var ErrStopped = errors.New("dispatch: the callee is shutting down (deliver it again)")

// New returns an executor.
func New(opts ...Option) *Executor {
	e := &Executor{
		registry: &registry.Default,
		maxBody:  16 << 20, maxArgs: envelope.MaxArgs, limits: codec.Default, maxHeld: 32 << 20,
	}
	e.stopping, e.stop = context.WithCancel(context.Background())
	for _, o := range opts {
		o(e)
	}
	e.grace = cmp.Or(e.grace, 10*time.Second)
	e.patience = cmp.Or(e.patience, time.Hour)
	e.held = newRoom(e.maxHeld)
	if e.concurrency > 0 {
		e.slots = make(chan struct{}, e.concurrency)
	}
	e.handle = deliver
	for _, m := range slices.Backward(e.middleware) {
		e.handle = m(e.handle)
	}
	return e
}

// Concurrency returns what the option set; 0 if none did.
func (e *Executor) Concurrency() int { return e.concurrency }

// Grace returns what the option set, or its default.
func (e *Executor) Grace() time.Duration { return e.grace }

// Authenticate asks what the option set whether a delivery with the given
// credentials is let in. It does not panic.
func (e *Executor) Authenticate(ctx context.Context, authorization string) error {
	if e.admit == nil {
		return nil
	}
	if err := guard(func() error { return e.admit(ctx, authorization) }); err != nil {
		return fmt.Errorf("dispatch: authenticate: %w", err)
	}
	return nil
}

// MaxBody returns what the option set, or its default.
func (e *Executor) MaxBody() int64 { return e.maxBody }

// MaxHeld returns what the option set, or its default.
func (e *Executor) MaxHeld() int64 { return e.maxHeld }

// Deadline returns what the option set; 0 if none did.
func (e *Executor) Deadline() time.Duration { return e.deadline }

// Execute runs the call in d and says what became of it. It does not panic,
// whatever the function does.
func (e *Executor) Execute(ctx context.Context, d *transport.Delivery) Result {
	results := make(chan Result, 1)
	go func() {
		growStack()
		e.ExecuteHere(ctx, d, time.Now(), func() {}, func(r Result) { results <- r })
	}()
	return <-results
}

// ExecuteHere is [Executor.Execute] in the goroutine of its caller, which a function
// may end, for a message that began to arrive at the given time, from which on
// [Deadline] counts. It calls conclude, once, with what became of the call, and returns
// when its function has ended. If that takes longer than it may, conclude is called
// before, from another goroutine.
//
// The caller counts the memory of the message until counted is called: from then on
// the executor does, as [MaxHeld] says. If the call is not executed, counted is not
// called.
func (e *Executor) ExecuteHere(ctx context.Context, d *transport.Delivery, arrived time.Time, counted func(), conclude func(Result)) {
	a := &attempt{
		Executor: e, id: d.Attributes[envelope.AttrID], name: d.Attributes[envelope.AttrSubject],
		began: arrived, delivery: d, counted: counted, conclude: conclude,
	}
	a.run(ctx, d)
}

// Stop has deliveries refused, from now on, whose functions have not begun; what
// runs is not disturbed.
func (e *Executor) Stop() { e.stop() }

// Stopped reports whether [Executor.Stop] was called.
func (e *Executor) Stopped() bool { return e.stopping.Err() != nil }

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

// enter waits until a call may run, and returns what is called when it has. It
// comes before the message is looked at, whose data may be large once it is
// decompressed.
func (e *Executor) enter(ctx context.Context) (leave func(), err error) {
	leave = func() {}
	if e.slots != nil {
		select {
		case e.slots <- struct{}{}:
			leave = func() { <-e.slots }
		case <-e.stopping.Done():
		case <-ctx.Done():
			return nil, fmt.Errorf("dispatch: wait for other calls: %w", context.Cause(ctx))
		}
	}
	if e.Stopped() {
		leave()
		return nil, ErrStopped
	}
	return leave, nil
}
