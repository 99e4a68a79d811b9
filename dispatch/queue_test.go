package dispatch_test

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

var elsewhereF = dispatch.Register(elsewhere, dispatch.Queue("slow"))

func elsewhere(context.Context) error { return nil }

// queues is a transport that counts the messages of each queue.
type queues struct {
	*faulty
	name string
	got  map[string]int
}

func (q *queues) Queue(name string) (transport.Transport, error) {
	if name == "nowhere" {
		return nil, fmt.Errorf("there is no queue %q (make it)", name)
	}
	return &queues{q.faulty, name, q.got}, nil
}

func (q *queues) Publish(ctx context.Context, m *transport.Message) error {
	q.got[q.name]++
	return q.faulty.Publish(ctx, m)
}

func (q *queues) Enqueue(ctx context.Context, m *transport.Message) (func(context.Context) error, error) {
	q.got[q.name]++
	return q.faulty.Enqueue(ctx, m)
}

func TestQueue(t *testing.T) {
	t.Parallel()
	q := &queues{new(faulty), "", make(map[string]int)}
	ctx := dispatch.WithClient(t.Context(), dispatch.New(q))
	calls := func(ctx context.Context) error {
		for _, f := range []*dispatch.Func[func(context.Context) error]{
			elsewhereF,
			elsewhereF.With(dispatch.Queue("slower")),
			elsewhereF.With(dispatch.OrderingKey("k")),
			elsewhereF.With(dispatch.Queue("")),
		} {
			if err := f.Call(ctx); err != nil {
				t.Errorf("Call = %v, want nil", err)
			}
		}
		return nil
	}
	_ = calls(ctx)
	if err := dispatch.Batch(ctx, calls); err != nil {
		t.Errorf("Batch = %v, want nil", err)
	}
	if want := map[string]int{"slow": 4, "slower": 2, "": 2}; !maps.Equal(q.got, want) {
		t.Errorf("calls went to the queues %v, want %v", q.got, want)
	}
	const prefix = "dispatch: call github.com/cloud-functions-dispatch/go/dispatch_test.elsewhere: "
	checkLine(t, elsewhereF.With(dispatch.Queue("nowhere")).Call(ctx), prefix+`there is no queue "nowhere"`)
	checkLine(t, elsewhereF.With(dispatch.Queue("a b")).Call(ctx), prefix+`queue name "a b" is invalid`)
	checkLine(t, elsewhereF.With(dispatch.Queue(strings.Repeat("q", 101))).Call(ctx), prefix+"queue name ")
	ctx = dispatch.WithClient(t.Context(), dispatch.New(q.faulty))
	checkLine(t, elsewhereF.Call(ctx), prefix+`the transport has no queue "slow" besides its own`)
}
