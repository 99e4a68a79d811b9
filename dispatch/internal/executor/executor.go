// Package executor executes the calls that reach a callee, and decides whether their
// messages are acknowledged. The entrypoints, and transports within the process, are
// adapters of it. Package entrypoint has its options and results.
package executor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/config"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/envelope"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/registry"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
	"github.com/cloud-functions-dispatch/go/internal/option"
)

// A Config is the configuration of an executor.
type Config = config.Entrypoint[entrypoint.Result]

// An Executor runs the functions that are registered in this process. It is safe for
// concurrent use.
type Executor struct {
	Config       // with the defaults; do not change it
	registry     *registry.Registry
	handle       transport.Handler // the middleware, around deliver
	checkAllowed sync.Once
	slots        chan struct{} // one for each running call; nil if there is no limit
	limits       registry.Limits
	held         *room           // of the messages that are executed
	stopping     context.Context // is done once Stop was called; no call runs under it
	stop         context.CancelFunc
}

// ErrStopped is the error of a delivery that came after Stop was called, or was still
// waiting then. It is not logged.
var ErrStopped = errors.New("dispatch: the callee is shutting down (deliver the call again)")

// New returns an executor with opts. It returns an error if the value of an option is
// out of range.
func New(opts ...entrypoint.Option) (*Executor, error) {
	var c Config
	if err := option.Each(opts, func(o entrypoint.Option) error { return o.Apply(&c) }); err != nil {
		return nil, err
	}
	return Of(c), nil
}

// Of returns an executor with a configuration that options have made.
func Of(c Config) *Executor {
	e := &Executor{Config: c, registry: &registry.Default, handle: deliver}
	e.MaxBody = cmp.Or(e.MaxBody, 16<<20)
	e.MaxArgs = cmp.Or(e.MaxArgs, envelope.MaxArgs)
	e.MaxHeld = cmp.Or(e.MaxHeld, 32<<20)
	e.Grace = cmp.Or(e.Grace, 10*time.Second)
	e.Patience = cmp.Or(e.Patience, time.Hour)
	e.limits = registry.DefaultLimits()
	e.limits.Memory = cmp.Or(e.MaxDecoded, e.limits.Memory)
	e.limits.Depth = cmp.Or(e.MaxDepth, e.limits.Depth)
	e.held = newRoom(e.MaxHeld)
	e.stopping, e.stop = context.WithCancel(context.Background())
	if e.Concurrency > 0 {
		e.slots = make(chan struct{}, e.Concurrency)
	}
	for _, m := range slices.Backward(e.Middleware) {
		e.handle = m(e.handle)
	}
	return e
}

// Must is [New] for a constructor that returns no error: it panics instead.
func Must(e *Executor, err error) *Executor {
	if err != nil {
		panic(fmt.Errorf("dispatch: %w", err))
	}
	return e
}

// Authenticate returns an error if the option of this name refuses a delivery with the
// given credentials. It does not panic.
func (e *Executor) Authenticate(ctx context.Context, authorization string) error {
	if e.Admit == nil {
		return nil
	}
	if err := guard(func() error { return e.Admit(ctx, authorization) }); err != nil {
		return fmt.Errorf("dispatch: authenticate: %w", err)
	}
	return nil
}

// Execute executes the call in d and returns the result. It does not panic, whatever
// the function does.
func (e *Executor) Execute(ctx context.Context, d *transport.Delivery) entrypoint.Result {
	a := e.attempt(d, time.Now())
	a.waiting.Add(1)
	go a.runAlone(ctx, d)
	a.waiting.Wait()
	return a.concluding
}

// ExecuteHere is [Executor.Execute] in the caller's goroutine, which a function may end.
// The message began to arrive at the given time, from which on the deadline counts. It
// calls conclude with the result, once, and returns when the function has ended. If the
// function runs for longer than it may, conclude is called earlier, from another
// goroutine.
//
// The caller counts the memory of the message until counted is called; from then on the
// executor does. If the call is not executed, counted is not called.
func (e *Executor) ExecuteHere(ctx context.Context, d *transport.Delivery, arrived time.Time, counted func(), conclude func(entrypoint.Result)) {
	a := e.attempt(d, arrived)
	a.counted, a.conclude = counted, conclude
	a.run(ctx, d)
}

// attempt returns the attempt for a delivery that began to arrive at the given time.
func (e *Executor) attempt(d *transport.Delivery, arrived time.Time) *attempt {
	a := &attempt{Executor: e, id: d.Attributes[envelope.AttrID], name: d.Attributes[envelope.AttrSubject], began: arrived, delivery: d}
	a.at.Store(handling)
	return a
}

// Stop refuses new calls, and calls whose functions have not started. It does not affect
// running functions.
func (e *Executor) Stop() { e.stop() }

// Stopped reports whether [Executor.Stop] was called.
func (e *Executor) Stopped() bool { return e.stopping.Err() != nil }

// Handle is a [transport.Handler].
func (e *Executor) Handle(ctx context.Context, d *transport.Delivery) error {
	switch r := e.Execute(ctx, d); r.Outcome {
	case entrypoint.Parked:
		return nil
	case entrypoint.Permanent:
		return transport.Permanent(r.Err)
	default:
		return r.Err
	}
}

// enter waits until one more call may run, and returns a function to call after it. It
// runs before the message is decoded, because decompressed data may be large.
func (e *Executor) enter(ctx context.Context) (leave func(), err error) {
	if e.slots == nil {
		return func() {}, e.mayStart()
	}
	leave = func() { <-e.slots }
	select {
	case e.slots <- struct{}{}:
	default: // only now, because ctx needs a timer if somebody waits for it
		select {
		case e.slots <- struct{}{}:
		case <-e.stopping.Done():
			return nil, ErrStopped
		case <-ctx.Done():
			return nil, fmt.Errorf("dispatch: wait for other calls: %w", context.Cause(ctx))
		}
	}
	if err := e.mayStart(); err != nil {
		leave()
		return nil, err
	}
	return leave, nil
}

// mayStart returns ErrStopped once Stop was called.
func (e *Executor) mayStart() error {
	if e.Stopped() {
		return ErrStopped
	}
	return nil
}

// Serving logs that the callee takes calls from now on, and from where.
func (e *Executor) Serving(ctx context.Context, where string) {
	e.record(ctx, slog.LevelInfo, "dispatch: serving", slog.String("at", where), slog.Int("functions", e.registry.Len()))
	e.warnOfAllowed(ctx)
}

// warnOfAllowed warns, once, of the names in [entrypoint.Allow] that no function has. It
// waits for the first call, because some entrypoints are set up while functions still
// register.
func (e *Executor) warnOfAllowed(ctx context.Context) {
	e.checkAllowed.Do(func() {
		for _, name := range e.Allowed {
			if f, err := e.registry.Lookup(name); err != nil || f.Name != name {
				e.record(ctx, slog.LevelWarn, "dispatch: an allowed function is not registered", slog.String("function", name))
			}
		}
	})
}
