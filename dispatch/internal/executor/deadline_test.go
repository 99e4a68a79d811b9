package executor_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint"
)

// A slowDecoder takes four seconds to decode itself.
type slowDecoder struct{}

func (slowDecoder) MarshalText() ([]byte, error) { return []byte("x"), nil }

func (*slowDecoder) UnmarshalText([]byte) error { time.Sleep(4 * time.Second); return nil }

var takesSlowDecoder = dispatch.Register(takeSlowDecoder)

func takeSlowDecoder(ctx context.Context, _ slowDecoder) error { note(ctx); return nil }

// If a decoder takes longer than the limits of the delivery and of the function, only its
// call fails.
func TestDeadline_decoder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := deliveryOf(t, func(ctx context.Context) error { return takesSlowDecoder.Call(ctx, slowDecoder{}) })
		start := time.Now()
		r := newExecutor(quiet, entrypoint.Deadline(100*time.Millisecond), entrypoint.Timeout(300*time.Millisecond)).Execute(t.Context(), d)
		if took := time.Since(start); r.Reason != entrypoint.ReasonTimeout || took != 1100*time.Millisecond {
			t.Errorf("%v for %q, %v after %v; want a timeout after 1.1s", r.Outcome, r.Reason, r.Err, took)
		}
		time.Sleep(10 * time.Second) // until both timers would have fired
	})
}

// The deadline of a delivery counts from its arrival.
func TestExecuteHere_arrived(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := deliveryOf(t, func(ctx context.Context) error { return untilDone.Call(ctx) })
		arrived := time.Now()
		time.Sleep(15 * time.Second)
		var r entrypoint.Result
		newExecutor(quiet, entrypoint.Deadline(20*time.Second)).ExecuteHere(t.Context(), d, arrived, func() {}, func(got entrypoint.Result) { r = got })
		if took := time.Since(arrived); took != 20*time.Second || r.Duration != took || r.Reason != entrypoint.ReasonTimeout || !errors.Is(r.Err, context.DeadlineExceeded) {
			t.Errorf("%v for %q, %v after %v, with Duration %v; want a timeout after 20s", r.Outcome, r.Reason, r.Err, took, r.Duration)
		}
	})
}

var untilDone = dispatch.Register(untilDoneCall)

func untilDoneCall(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
