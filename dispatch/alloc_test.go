package dispatch_test

import (
	"context"
	"testing"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/executor"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
	"github.com/cloud-functions-dispatch/go/internal/race"
)

// TestAllocs: a small call allocates at most nine times on its way in, and nine times on
// its way out. A call takes these: the slice and the values of its three parameters, which
// reflect makes; the call itself; its ID; its attributes, two; and its data.
func TestAllocs(t *testing.T) {
	if race.Enabled {
		t.Skip("the race detector allocates, too")
	}
	const most = 9
	check := func(what string, do func() error) {
		t.Helper()
		if got := testing.AllocsPerRun(1000, func() {
			if err := do(); err != nil {
				t.Fatal(err)
			}
		}); got > most {
			t.Errorf("%s allocates %v times, want at most %d", what, got, most)
		}
	}
	ctx := dispatch.WithClient(t.Context(), dispatch.New(void{}))
	check("Call", func() error { return takesTwo.Call(ctx, "a.jpg", 320) })

	var d transport.Delivery
	keep := func(transport.Publisher) transport.Publisher {
		return func(_ context.Context, m *transport.Message) error { d.Message = *m; return nil }
	}
	if err := takesTwo.Call(dispatch.WithClient(t.Context(), dispatch.New(void{}, dispatch.Publishing(keep))), "a.jpg", 320); err != nil {
		t.Fatal(err)
	}
	e, err := executor.New()
	if err != nil {
		t.Fatal(err)
	}
	check("Handle", func() error { return e.Handle(t.Context(), &d) })
}
