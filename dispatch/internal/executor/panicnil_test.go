package executor_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/deadletter"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

// A panicker panics with nil when it is decoded, and also when it is encoded unless
// inDecoder is set.
type panicker struct{ inDecoder bool }

func (n panicker) MarshalText() ([]byte, error) {
	if !n.inDecoder {
		panic(nil)
	}
	return []byte("x"), nil
}

func (*panicker) UnmarshalText([]byte) error { panic(nil) }

var takesPanicker = dispatch.Register(takePanicker)

func takePanicker(ctx context.Context, _ panicker) error { note(ctx); return nil }

// TestPanicNil: under GODEBUG=panicnil=1, recover returns nil for panic(nil). Such a panic
// still counts as a failure everywhere.
func TestPanicNil(t *testing.T) {
	t.Setenv("GODEBUG", "panicnil=1")
	if func() (v any) { defer func() { v = recover() }(); panic(nil) }() != nil {
		t.Fatal("panic(nil) has a value, want none for this test")
	}
	panics := func(context.Context) error { panic(nil) }
	good := deliveryOf(t, func(ctx context.Context) error { return resize.Call(ctx, secret, 1) })
	final := deliveryOf(t, func(ctx context.Context) error { return fail.Call(ctx, secret, "permanent") })
	for name, c := range map[string]struct {
		d    *transport.Delivery
		opt  entrypoint.Option
		want entrypoint.Outcome
	}{
		"a function":   {deliveryOf(t, func(ctx context.Context) error { return fail.Call(ctx, secret, "panic nil") }), quiet, entrypoint.Retry},
		"a decoder":    {deliveryOf(t, func(ctx context.Context) error { return takesPanicker.Call(ctx, panicker{true}) }), quiet, entrypoint.Retry},
		"a middleware": {good, entrypoint.Executing(around(func(ctx context.Context, _ *transport.Delivery, _ transport.Handler) error { return panics(ctx) })), entrypoint.Retry},
		"a sink":       {final, entrypoint.DeadLetters(deadletter.Func(func(ctx context.Context, _ *deadletter.Letter) error { return panics(ctx) })), entrypoint.Permanent},
	} {
		r := newExecutor(quiet, c.opt).Execute(t.Context(), c.d)
		if r.Outcome != c.want || r.Err == nil || !strings.Contains(r.Err.Error(), "panic: ") {
			t.Errorf("%s: %v, %v; want %v, and a panic", name, r.Outcome, r.Err, c.want)
		}
	}
	auth := entrypoint.Authenticate(func(ctx context.Context, _ string) error { return panics(ctx) })
	if err := newExecutor(auth).Authenticate(t.Context(), "x"); err == nil {
		t.Error("Authenticate = nil, want an error")
	}
	c := new(capture)
	if err := takesPanicker.Call(dispatch.WithClient(t.Context(), dispatch.New(c)), panicker{}); err == nil || len(c.got) > 0 {
		t.Errorf("Call = %v, and %d messages; want an error, and none", err, len(c.got))
	}
}

// If Serving is not called, as in a Cloud Function, the first call logs the warning about
// allowed names that are not registered.
func TestAllow_warnsWithCall(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	e := newExecutor(entrypoint.Logger(slog.New(slog.NewTextHandler(&log, nil))), entrypoint.Allow(resize.Name(), "example.com/app.gone"))
	for range 3 {
		e.Execute(t.Context(), deliveryOf(t, func(ctx context.Context) error { return resize.Call(ctx, secret, 1) }))
	}
	if got := log.String(); strings.Count(got, "an allowed function is not registered") != 1 || !strings.Contains(got, "function=example.com/app.gone") {
		t.Errorf("logged %q, want one warning of example.com/app.gone", got)
	}
}
