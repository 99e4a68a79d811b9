package dispatch_test

import (
	"context"
	"testing"

	"github.com/cloud-functions-dispatch/go/dispatch/transport"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/mem"
)

// publishByHand publishes a call as docs/wire.md specifies it, without this library.
func publishByHand(t *testing.T, ctx context.Context, q *mem.Transport, name, args string) {
	t.Helper()
	err := q.Publish(ctx, &transport.Message{Data: []byte(args), Attributes: map[string]string{
		"ce-specversion": "1.0",
		"ce-id":          t.Name(),
		"ce-source":      "by-hand",
		"ce-type":        "dev.cloudfunctions.dispatch.call.v1",
		"ce-subject":     name,
	}})
	if err != nil {
		t.Fatalf("Publish = %v, want nil", err)
	}
}

// A message that this process cannot execute is never acknowledged.
func TestDelivery_neverAcknowledgesWhatDidNotRun(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ what, name, args string }{
		{"unknown name", "example.com/app.gone", `["k"]`},
		{"wrong count", sumF.Name(), `["k",[],1]`},
		{"wrong type", sumF.Name(), `[1,[]]`},
		{"not JSON", sumF.Name(), `hello`},
		{"no data", sumF.Name(), ``},
		{"short name", "dispatch_test.sum", `["k",[]]`},
	} {
		t.Run(tt.what, func(t *testing.T) {
			t.Parallel()
			ctx, q := newClient(t, mem.Attempts(2))
			publishByHand(t, ctx, q, tt.name, tt.args)
			wait(t, q)
			if dead := q.DeadLetters(); len(dead) != 1 || dead[0].Err == nil {
				t.Errorf("got dead letters %+v, want one with its reason", dead)
			}
		})
	}
}
