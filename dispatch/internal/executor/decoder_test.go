package executor_test

import (
	"context"
	"runtime"
	"testing"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint"
)

// A quitter's decoder ends its goroutine or panics.
type quitter string

func (q quitter) MarshalText() ([]byte, error) { return []byte(q), nil }

var quits bool // Call decodes the argument, too, while this is false

func (q *quitter) UnmarshalText(b []byte) error {
	switch *q = quitter(b); {
	case !quits:
	case *q == "panic":
		panic("x")
	default:
		runtime.Goexit()
	}
	return nil
}

var quit = dispatch.Register(takeQuitter)

func takeQuitter(context.Context, quitter) error { return nil }

// An old message is parked whose arguments do not decode, however the decoder ends.
func TestPatience_decoderEnds(t *testing.T) {
	for _, how := range []string{"panic", "Goexit"} {
		quits = false
		d := deliveryOf(t, func(ctx context.Context) error { return quit.Call(ctx, quitter(how)) })
		d.Published = time.Now().Add(-2 * time.Hour)
		quits = true
		if r := newExecutor(quiet).Execute(t.Context(), d); r.Outcome != entrypoint.Permanent || r.Reason != entrypoint.ReasonPanic {
			t.Errorf("%s: got %v, %v, %v; want permanent, panic", how, r.Outcome, r.Reason, r.Err)
		}
	}
}
