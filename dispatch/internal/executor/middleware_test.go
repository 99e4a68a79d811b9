package executor_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/deadletter"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/executor"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

// A layer is one middleware.
type layer = func(transport.Handler) transport.Handler

// around returns a layer with the handler h.
func around(h func(ctx context.Context, d *transport.Delivery, next transport.Handler) error) layer {
	return func(next transport.Handler) transport.Handler {
		return func(ctx context.Context, d *transport.Delivery) error { return h(ctx, d, next) }
	}
}

func TestExecuting(t *testing.T) {
	t.Parallel()
	errNo := errors.New("not today")
	run := "dispatch: execute " + pkg + "failWith: "
	for name, c := range map[string]struct {
		how    string // of the function; empty if it succeeds
		layer  layer
		want   entrypoint.Outcome
		reason entrypoint.Reason
		err    string
		runs   bool
	}{
		"passes on": {"", around(func(ctx context.Context, d *transport.Delivery, next transport.Handler) error {
			return next(ctx, d)
		}), entrypoint.Executed, "", "", true},
		"refuses": {"", around(func(context.Context, *transport.Delivery, transport.Handler) error {
			return errNo
		}), entrypoint.Retry, entrypoint.ReasonRefused, "dispatch: not today", false},
		"refuses for good": {"", around(func(context.Context, *transport.Delivery, transport.Handler) error {
			return dispatch.Permanent(errNo)
		}), entrypoint.Parked, entrypoint.ReasonRefused, "dispatch: not today", false},
		"acknowledges": {"", around(func(context.Context, *transport.Delivery, transport.Handler) error {
			return nil
		}), entrypoint.Executed, "", "", false},
		"adds to the error": {"error", around(func(ctx context.Context, d *transport.Delivery, next transport.Handler) error {
			return fmt.Errorf("around: %w", next(ctx, d))
		}), entrypoint.Retry, entrypoint.ReasonError, "dispatch: around: " + strings.TrimPrefix(run, "dispatch: ") + "the cause", true},
		"leaves it permanent": {"permanent", around(func(ctx context.Context, d *transport.Delivery, next transport.Handler) error {
			return fmt.Errorf("around: %w", next(ctx, d))
		}), entrypoint.Parked, entrypoint.ReasonError, "dispatch: around: " + strings.TrimPrefix(run, "dispatch: ") + "the cause", true},
		"sees a panic as an error": {"panic", around(func(ctx context.Context, d *transport.Delivery, next transport.Handler) error {
			return dispatch.Permanent(next(ctx, d))
		}), entrypoint.Parked, entrypoint.ReasonPanic, run + "panic: the reason", true},
		"tries again": {"once", around(func(ctx context.Context, d *transport.Delivery, next transport.Handler) error {
			if err := next(ctx, d); err == nil {
				return errors.New("it succeeds at once")
			}
			return next(ctx, d)
		}), entrypoint.Executed, "", "", true},
		"changes the message": {"", around(func(ctx context.Context, d *transport.Delivery, next transport.Handler) error {
			d.Data = []byte(`["changed",0]`)
			return next(ctx, d)
		}), entrypoint.Retry, entrypoint.ReasonError, "dispatch: execute " + pkg + "resizeImage: the arguments did not arrive", true},
		"fails after the function": {"", around(func(ctx context.Context, d *transport.Delivery, next transport.Handler) error {
			if err := next(ctx, d); err != nil {
				return err
			}
			return errNo
		}), entrypoint.Retry, entrypoint.ReasonError, "dispatch: not today", true},
		"panics": {"", around(func(context.Context, *transport.Delivery, transport.Handler) error {
			panic("of the middleware")
		}), entrypoint.Retry, entrypoint.ReasonPanic, `dispatch: handle message "ID": panic: of the middleware`, false},
		"loses the context": {"", around(func(_ context.Context, d *transport.Delivery, next transport.Handler) error {
			return next(context.Background(), d)
		}), entrypoint.Retry, entrypoint.ReasonRefused, "dispatch: a middleware called next without the context of the delivery (derive the context that you pass to next from the one you received)", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := deliveryOf(t, func(ctx context.Context) error {
				if c.how == "" {
					return resize.Call(ctx, secret, 320)
				}
				return fail.Call(ctx, secret, c.how)
			})
			id := d.Attributes["ce-id"]
			var observed []entrypoint.Result
			e := newExecutor(quiet, entrypoint.Executing(c.layer),
				entrypoint.DeadLetters(deadletter.Func(func(context.Context, *deadletter.Letter) error { return nil })),
				entrypoint.Observe(func(_ context.Context, r entrypoint.Result) { observed = append(observed, r) }),
				entrypoint.Observe(func(context.Context, entrypoint.Result) { panic("an observer") }))
			r := e.Execute(t.Context(), d)
			text := ""
			if r.Err != nil {
				text = strings.ReplaceAll(r.Err.Error(), id, "ID")
			}
			if _, runs := executed.Load(id); r.Outcome != c.want || r.Reason != c.reason || text != c.err || runs != c.runs {
				t.Errorf("Execute\n got %v, %q, %q; ran: %v\nwant %v, %q, %q; ran: %v", r.Outcome, r.Reason, text, runs, c.want, c.reason, c.err, c.runs)
			}
			if len(observed) != 1 || observed[0] != r {
				t.Errorf("the observer got %+v, want %+v", observed, r)
			}
		})
	}
}

// Layers are made once. The first is the outermost. The context of each describes the call.
func TestExecuting_order(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var got []string
	note := func(s string) {
		mu.Lock()
		defer mu.Unlock()
		got = append(got, s)
	}
	named := func(name string) layer {
		return func(next transport.Handler) transport.Handler {
			note("make " + name)
			return func(ctx context.Context, d *transport.Delivery) error {
				info, _ := dispatch.FromContext(ctx)
				note(fmt.Sprintf("%s %s %d", name, strings.TrimPrefix(info.Name, pkg), info.Attempt))
				return next(ctx, d)
			}
		}
	}
	e := newExecutor(entrypoint.Executing(named("a"), named("b")), entrypoint.Executing(named("c")))
	for range 2 {
		d := deliveryOf(t, func(ctx context.Context) error { return resize.Call(ctx, secret, 320) })
		d.Attempt = 4
		if err := e.Handle(t.Context(), d); err != nil {
			t.Error(err)
		}
	}
	once := []string{"a resizeImage 4", "b resizeImage 4", "c resizeImage 4"}
	if want := slices.Concat([]string{"make c", "make b", "make a"}, once, once); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// If a call was refused because the callee is stopping, a middleware cannot turn that into
// a success.
func TestExecuting_stopped(t *testing.T) {
	t.Parallel()
	var e *executor.Executor
	e = newExecutor(entrypoint.Logger(slog.New(slog.DiscardHandler)), entrypoint.Executing(around(func(ctx context.Context, d *transport.Delivery, next transport.Handler) error {
		e.Stop()
		_ = next(ctx, d)
		return nil
	})))
	d := deliveryOf(t, func(ctx context.Context) error { return resize.Call(ctx, secret, 320) })
	if r := e.Execute(t.Context(), d); !errors.Is(r.Err, executor.ErrStopped) || r.Reason != entrypoint.ReasonStopped {
		t.Errorf("Execute = %v, %v; want %v", r.Outcome, r.Err, executor.ErrStopped)
	}
}

func TestAllow(t *testing.T) {
	t.Parallel()
	refused := "dispatch: allow " + pkg + "resizeImage: the entrypoint does not allow it (add its name to entrypoint.Allow, or publish the call to another entrypoint)"
	for name, c := range map[string]struct {
		opts []entrypoint.Option
		edit edit
		want entrypoint.Outcome
		err  string
	}{
		"allowed":              {[]entrypoint.Option{entrypoint.Allow(resize.Name())}, nil, entrypoint.Executed, ""},
		"among others":         {[]entrypoint.Option{entrypoint.Allow(join.Name()), entrypoint.Allow(resize.Name())}, nil, entrypoint.Executed, ""},
		"not allowed":          {[]entrypoint.Option{entrypoint.Allow(join.Name())}, nil, entrypoint.Retry, refused},
		"nothing is":           {[]entrypoint.Option{entrypoint.Allow()}, nil, entrypoint.Retry, refused},
		"not allowed, and old": {[]entrypoint.Option{entrypoint.Allow(join.Name())}, aged(2 * time.Hour), entrypoint.Parked, refused},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := deliveryOf(t, func(ctx context.Context) error { return resize.Call(ctx, secret, 320) })
			if c.edit != nil {
				c.edit(t, d)
			}
			sink := entrypoint.DeadLetters(deadletter.Func(func(context.Context, *deadletter.Letter) error { return nil }))
			r := newExecutor(append(c.opts, quiet, sink)...).Execute(t.Context(), d)
			if _, ran := executed.Load(r.ID); r.Outcome != c.want || ran != (c.err == "") || !ran && (r.Err.Error() != c.err || r.Reason != entrypoint.ReasonRefused) {
				t.Errorf("Execute = %v for %q, %v; ran: %v; want %v, %s", r.Outcome, r.Reason, r.Err, ran, c.want, c.err)
			}
		})
	}
}

// Serving logs a warning for allowed names that are not registered.
func TestAllow_unknown(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	e := newExecutor(entrypoint.Logger(slog.New(slog.NewTextHandler(&log, nil))), entrypoint.Allow(resize.Name(), "example.com/app.gone"))
	e.Serving(t.Context(), "here")
	if got := log.String(); strings.Count(got, "not registered") != 1 || !strings.Contains(got, "function=example.com/app.gone") {
		t.Errorf("logged %s, want a warning of example.com/app.gone alone", got)
	}
}

// If a middleware calls next after the deadline, next returns an error and does not run the
// function.
func TestExecuting_late(t *testing.T) {
	t.Parallel()
	for _, pause := range []time.Duration{1500 * time.Millisecond, 3 * time.Second} { // before and after the delivery is concluded
		synctest.Test(t, func(t *testing.T) {
			var nextErr error
			ended := make(chan struct{})
			e := newExecutor(quiet, entrypoint.Deadline(time.Second), entrypoint.Executing(around(func(ctx context.Context, d *transport.Delivery, next transport.Handler) error {
				defer close(ended)
				time.Sleep(pause)
				nextErr = next(ctx, d)
				return nextErr
			})))
			d := deliveryOf(t, func(ctx context.Context) error { return resize.Call(ctx, secret, 320) })
			r := e.Execute(t.Context(), d)
			<-ended
			if _, ran := executed.Load(r.ID); ran || nextErr == nil || r.Outcome != entrypoint.Retry || r.Reason != entrypoint.ReasonTimeout {
				t.Errorf("after %v: %v for %q, %v; next = %v; ran: %v", pause, r.Outcome, r.Reason, r.Err, nextErr, ran)
			}
		})
	}
}
