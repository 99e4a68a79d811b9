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

// sluggish takes its time to decode itself.
type sluggish struct{}

func (sluggish) MarshalText() ([]byte, error) { return []byte("x"), nil }

func (*sluggish) UnmarshalText([]byte) error { time.Sleep(4 * time.Second); return nil }

var takesSluggish = dispatch.Register(takeSluggish)

func takeSluggish(ctx context.Context, _ sluggish) error { note(ctx); return nil }

// A decoder that outlasts both the delivery's time and the function's costs its call,
// and not the process.
func TestDeadline_decoder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := deliveryOf(t, func(ctx context.Context) error { return takesSluggish.Call(ctx, sluggish{}) })
		start := time.Now()
		r := newExecutor(quiet, entrypoint.Deadline(100*time.Millisecond), entrypoint.Timeout(300*time.Millisecond)).Execute(t.Context(), d)
		if took := time.Since(start); r.Reason != entrypoint.ReasonTimeout || took != 1100*time.Millisecond {
			t.Errorf("%v for %q, %v after %v; want it to have no more time after 1.1s", r.Outcome, r.Reason, r.Err, took)
		}
		time.Sleep(10 * time.Second) // until both timers would have come
	})
}

// The time of a delivery counts from its arrival.
func TestExecuteHere_arrived(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := deliveryOf(t, func(ctx context.Context) error { return untilDone.Call(ctx) })
		arrived := time.Now()
		time.Sleep(15 * time.Second)
		var r entrypoint.Result
		newExecutor(quiet, entrypoint.Deadline(20*time.Second)).ExecuteHere(t.Context(), d, arrived, func() {}, func(got entrypoint.Result) { r = got })
		if took := time.Since(arrived); took != 20*time.Second || r.Duration != took || r.Reason != entrypoint.ReasonTimeout || !errors.Is(r.Err, context.DeadlineExceeded) {
			t.Errorf("%v for %q, %v after %v, as it says %v; want its time to be over after 20s", r.Outcome, r.Reason, r.Err, took, r.Duration)
		}
	})
}

var untilDone = dispatch.Register(untilDoneCall)

func untilDoneCall(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
