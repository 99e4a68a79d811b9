// Package entrypoint decides what becomes of a message that reaches the
// callee: one executor, on which the entrypoints for each platform (the
// packages below this one) are thin adapters.
//
// Nothing is acknowledged that was not executed. An unknown name, arguments
// that do not decode, a panic and an error of the function are each a failed
// delivery, which the queue repeats or dead-letters.
package entrypoint

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
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

// An Executor runs the functions that are registered in this process. It is
// safe for concurrent use.
type Executor struct {
	registry *registry.Registry
	logger   *slog.Logger
}

// New returns an executor.
func New(opts ...Option) *Executor {
	e := &Executor{registry: &registry.Default}
	for _, o := range opts {
		o(e)
	}
	return e
}

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
	if r.Err == nil {
		r.Outcome = Executed
		return r
	}
	var stack string
	r.Outcome, stack = classify(r.Err)
	e.log(ctx, r, stack)
	return r
}

// classify asks err what it is. The methods that this calls may be those of
// the function's own error, and panic: then another delivery may help.
func classify(err error) (o Outcome, stack string) {
	o = Retry
	defer func() { _ = recover() }()
	_, starting := err.(*startError)
	if !starting && invocation.IsPermanent(err) {
		o = Permanent
	}
	if p, ok := errors.AsType[*panicError](err); ok {
		stack = p.stack
	}
	return o, stack
}

// Handle is a [transport.Handler].
func (e *Executor) Handle(ctx context.Context, d *transport.Delivery) error {
	return e.Execute(ctx, d).Err
}

func (e *Executor) run(ctx context.Context, d *transport.Delivery) error {
	call, err := envelope.Decode(d.Attributes, d.Data)
	if err != nil {
		return fmt.Errorf("dispatch: decode message %q: %w", d.Attributes[envelope.AttrID], err)
	}
	f, err := e.registry.Lookup(call.Name)
	if err != nil {
		return fmt.Errorf("dispatch: look up %q: %w", call.Name, err)
	}
	if err := e.registry.Start(ctx, protect); err != nil {
		return &startError{f.Name, err}
	}
	if call.Time.IsZero() {
		call.Time = d.Published
	}
	ctx = invocation.NewContext(ctx, invocation.Info{ID: call.ID, Name: f.Name, Attempt: d.Attempt, Time: call.Time})
	var decodeErr error
	err = protect(func() (err error) {
		decodeErr, err = f.Run(ctx, call.Args)
		return err
	})
	if decodeErr != nil {
		return fmt.Errorf("dispatch: decode arguments of %s: %w", f.Name, decodeErr)
	}
	if err != nil {
		return fmt.Errorf("dispatch: execute %s: %w", f.Name, err)
	}
	return nil
}

// A startError is one of OnStart. It is never permanent, whatever it holds: the
// call has not run.
type startError struct {
	name string
	err  error
}

func (e *startError) Error() string {
	return fmt.Sprintf("dispatch: start before %s: %v", e.name, e.err)
}
func (e *startError) Unwrap() error { return e.err }

// A panicError is a panic of the function.
type panicError struct {
	value any
	stack string
}

func (e *panicError) Error() string { return fmt.Sprintf("panic: %v", e.value) }

var errGoexit = errors.New("it ended its goroutine (return an error instead of calling runtime.Goexit, or FailNow of package testing)")

// protect calls run in a goroutine of its own and turns into an error that it
// panics or ends the goroutine, which would otherwise be that of the platform.
func protect(run func() error) (err error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			if v := recover(); v != nil {
				err = &panicError{v, stack()}
			}
		}()
		err = errGoexit
		err = run()
	}()
	<-done
	return err
}
