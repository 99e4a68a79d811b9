package executor_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/deadletter"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

var quiet = entrypoint.Logger(slog.New(slog.DiscardHandler))

// aged makes the delivery look as if it was published d ago.
func aged(d time.Duration) edit {
	return func(_ *testing.T, m *transport.Delivery) { m.Published = time.Now().Add(-d) }
}

// edits joins several edits into one.
func edits(all ...edit) edit {
	return func(t *testing.T, d *transport.Delivery) {
		t.Helper()
		for _, e := range all {
			e(t, d)
		}
	}
}

func TestDeadLetters(t *testing.T) {
	t.Parallel()
	ok := func(ctx context.Context) error { return resize.Call(ctx, secret, 320) }
	how := func(s string) func(context.Context) error {
		return func(ctx context.Context) error { return fail.Call(ctx, secret, s) }
	}
	unknown := attr("ce-subject", "a.b")
	old := aged(2 * time.Hour)
	for _, c := range []struct {
		name string
		call func(context.Context) error
		edit edit
		want entrypoint.Outcome
	}{
		{"executed", ok, old, entrypoint.Executed},
		{"permanent", how("permanent"), nil, entrypoint.Parked},
		{"an error", how("error"), old, entrypoint.Retry},
		{"a panic", how("panic"), old, entrypoint.Retry},
		{"unknown name", ok, edits(unknown, old), entrypoint.Parked},
		{"unknown name, young", ok, edits(unknown, aged(time.Minute)), entrypoint.Retry},
		{"unknown name of no known age", ok, unknown, entrypoint.Retry},
		{"unknown name, made long ago", ok, edits(unknown, attr("ce-time", "2020-01-02T03:04:05Z")), entrypoint.Parked},
		{"unknown name, made long ago and published now", ok, edits(unknown, attr("ce-time", "2020-01-02T03:04:05Z"), aged(0)), entrypoint.Retry},
		{"arguments that do not decode", ok, edits(data(`[1,"x"]`), old), entrypoint.Parked},
		{"arguments that do not decode, young", ok, edits(data(`[1,"x"]`), aged(time.Minute)), entrypoint.Retry},
		{"a decoder that panics", func(ctx context.Context) error { return secretive.Call(ctx, "panic "+secret) }, old, entrypoint.Parked},
		{"no call", ok, edits(without("ce-type"), old), entrypoint.Parked},
		{"a newer version", ok, edits(attr("ce-type", "dev.cloudfunctions.dispatch.call.v2"), old), entrypoint.Parked},
		{"a bomb", ok, edits(bomb("zstd"), old), entrypoint.Parked},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := deliveryOf(t, c.call)
			d.Attempt = 3
			if c.edit != nil {
				c.edit(t, d)
			}
			var letters []*deadletter.Letter
			sink := deadletter.Func(func(_ context.Context, l *deadletter.Letter) error {
				letters = append(letters, l)
				return nil
			})
			r := newExecutor(quiet, entrypoint.DeadLetters(sink)).Execute(t.Context(), d)
			if r.Outcome != c.want {
				t.Fatalf("Execute = %v, %v; want %v", r.Outcome, r.Err, c.want)
			}
			if r.Outcome != entrypoint.Parked {
				if len(letters) > 0 {
					t.Errorf("the sink got %+v, want nothing", letters)
				}
				return
			}
			want := []*deadletter.Letter{{Delivery: *d, Reason: r.Err.Error()}}
			if diff := cmp.Diff(want, letters); diff != "" {
				t.Errorf("the sink (-want +got):\n%s", diff)
			}
			if strings.Contains(r.Err.Error(), secret) {
				t.Errorf("the reason %q holds an argument", r.Err)
			}

			// Without a sink, the transport gets a permanent error.
			err := newExecutor(quiet).Handle(t.Context(), d)
			if !transport.IsPermanent(err) && !strings.HasPrefix(c.name, "unknown name, made") {
				t.Errorf("without a sink, Handle = %v, want a permanent error", err)
			}
		})
	}
}

// If the sink fails, the message is not acknowledged.
func TestDeadLetters_sinkFails(t *testing.T) {
	t.Parallel()
	errDisk := errors.New("no space")
	for name, c := range map[string]struct {
		sink deadletter.Func
		err  string
	}{
		"error":                      {func(context.Context, *deadletter.Letter) error { return errDisk }, "no space"},
		"an error that is permanent": {func(context.Context, *deadletter.Letter) error { return dispatch.Permanent(errDisk) }, "no space"},
		"panic":                      {func(context.Context, *deadletter.Letter) error { panic("no disk") }, "panic: no disk"},
		"slow":                       {func(ctx context.Context, _ *deadletter.Letter) error { <-ctx.Done(); return ctx.Err() }, "context deadline exceeded"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				d := deliveryOf(t, func(ctx context.Context) error { return fail.Call(ctx, secret, "permanent") })
				err := newExecutor(quiet, entrypoint.DeadLetters(c.sink)).Handle(t.Context(), d)
				want := "dispatch: execute " + pkg + "failWith: the cause; and storing it in the dead-letter sink failed: " + c.err
				if err == nil || err.Error() != want || !transport.IsPermanent(err) || !errors.Is(err, errCause) {
					t.Errorf("Handle = %v, want %q, permanent, and wrapping the function's error", err, want)
				}
				if errors.Is(err, errDisk) {
					t.Error("the error wraps the sink's error")
				}
			})
		})
	}
}

// A sink that ignores its context does not block the delivery.
func TestDeadLetters_sinkHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := deliveryOf(t, func(ctx context.Context) error { return fail.Call(ctx, secret, "permanent") })
		forever := make(chan struct{})
		defer close(forever)
		start := time.Now()
		err := newExecutor(quiet, entrypoint.DeadLetters(deadletter.Func(func(context.Context, *deadletter.Letter) error {
			<-forever
			return nil
		}))).Handle(t.Context(), d)
		if took := time.Since(start); err == nil || took > 10*time.Second {
			t.Errorf("Handle = %v after %v, want an error within 10s", err, took)
		}
	})
}

func TestTimeout(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		opts []entrypoint.Option
		how  string
		want string
		took time.Duration
	}{
		{"none", nil, "30s", "", 30 * time.Second},
		{"enough", []entrypoint.Option{entrypoint.Timeout(time.Minute)}, "30s", "", 30 * time.Second},
		{"over", []entrypoint.Option{entrypoint.Timeout(20 * time.Second)}, "30s", "timed out after 20s: context deadline exceeded", 20 * time.Second},
		{"over, and it succeeds", []entrypoint.Option{entrypoint.Timeout(20 * time.Second)}, "30s, then nil", "", 20 * time.Second},
		{"its own", []entrypoint.Option{entrypoint.Timeout(time.Second)}, "own", "timed out after 40s: context deadline exceeded", 40 * time.Second},
		{"ignores its context", []entrypoint.Option{entrypoint.Timeout(20 * time.Second)}, "ignores its context",
			"timed out after 20s: still running (return when its context is done)", 21 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				d := deliveryOf(t, func(ctx context.Context) error {
					if c.how == "own" {
						return sleepLong.Call(ctx)
					}
					return sleep.Call(ctx, c.how)
				})
				start := time.Now()
				r := newExecutor(append(c.opts, quiet)...).Execute(t.Context(), d)
				text := ""
				if r.Err != nil {
					_, text, _ = strings.Cut(r.Err.Error(), "sleepFor: ")
					if c.how == "own" {
						_, text, _ = strings.Cut(r.Err.Error(), "sleepOwn: ")
					}
				}
				if took := time.Since(start); text != c.want || took != c.took || (r.Err != nil && r.Outcome != entrypoint.Retry) {
					t.Errorf("Execute = %v, %q after %v; want %q after %v", r.Outcome, text, took, c.want, c.took)
				}
				time.Sleep(time.Minute) // until the function has ended
			})
		})
	}
}

// If the timeout ends while the arguments are decoded, the function does not start. The
// message is not parked, because decoding was only slow: a retry may help.
func TestTimeout_slowDecoder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := deliveryOf(t, func(ctx context.Context) error { return takesSlow.Call(ctx, "x") })
		d.Published = time.Now().Add(-2 * time.Hour)
		parked := deadletter.Func(func(context.Context, *deadletter.Letter) error {
			t.Error("the message was parked")
			return nil
		})
		r := newExecutor(quiet, entrypoint.Timeout(5*time.Second), entrypoint.DeadLetters(parked)).Execute(t.Context(), d)
		want := "dispatch: decode arguments of " + pkg + "takeSlow: still running (return when its context is done)"
		if r.Outcome != entrypoint.Retry || r.Err.Error() != want {
			t.Errorf("Execute = %v, %v; want %v, %v", r.Outcome, r.Err, entrypoint.Retry, want)
		}
		time.Sleep(time.Minute)
		if _, ran := executed.Load(d.Attributes["ce-id"]); ran {
			t.Error("the function ran after its delivery had failed")
		}
	})
}

// A slow value takes 30 seconds to be decoded.
type slow string

func (s *slow) UnmarshalText(b []byte) error {
	time.Sleep(30 * time.Second)
	*s = slow(b)
	return nil
}

func (s slow) MarshalText() ([]byte, error) { return []byte(s), nil }

var takesSlow = dispatch.Register(takeSlow)

func takeSlow(ctx context.Context, _ slow) error {
	note(ctx)
	return nil
}

// A function that ignores its context keeps its slot until it ends.
func TestTimeout_keepsSlot(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := newExecutor(quiet, entrypoint.Concurrency(1), entrypoint.Timeout(time.Second))
		start := time.Now()
		stubborn := deliveryOf(t, func(ctx context.Context) error { return sleep.Call(ctx, "ignores its context") })
		if err := e.Handle(t.Context(), stubborn); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the first call: %v, want %v", err, context.DeadlineExceeded)
		}
		if err := e.Handle(t.Context(), deliveryOf(t, func(ctx context.Context) error { return resize.Call(ctx, secret, 1) })); err != nil {
			t.Error(err)
		}
		if took := time.Since(start); took != 30*time.Second {
			t.Errorf("the second call ended after %v, want 30s, when the first one ends", took)
		}
	})
}

var (
	sleep     = dispatch.Register(sleepFor)
	sleepLong = dispatch.Register(sleepOwn, dispatch.Timeout(40*time.Second))
)

func sleepFor(ctx context.Context, how string) error {
	done := ctx.Done()
	if how == "ignores its context" {
		done = nil
	}
	select {
	case <-done:
		if strings.HasSuffix(how, "nil") {
			return nil
		}
		return ctx.Err()
	case <-time.After(30 * time.Second):
		return nil
	}
}

func sleepOwn(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}
