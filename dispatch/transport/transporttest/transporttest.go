// Package transporttest is the conformance suite of transports: what
// [transport.Transport] promises, as tests. A transport joins it with a
// [Harness] and a call of [Run]; a new expectation goes here, not into the
// tests of one transport.
package transporttest

import (
	"context"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

// A Harness is what the suite needs of a transport.
type Harness struct {
	// New returns a fresh transport on a queue of its own, whose messages go
	// to h until the test ends: one for which h returns an error is delivered
	// again, soon. It frees what it takes with t.Cleanup, also where the
	// suite has closed the transport. Messages with the same ordering key are
	// delivered in their order. If it is a [transport.Queuer], so go those of
	// its queue named "other".
	New func(t *testing.T, h transport.Handler) transport.Transport

	// RunsHandlers says that the transport calls the handler itself, in this
	// process, and so is responsible for one that panics.
	RunsHandlers bool

	// Delays says that the transport delivers a message that is for later when it
	// is due; otherwise it refuses such a message.
	Delays bool

	// Unordered says that the transport keeps no order, and so refuses a message
	// with an ordering key.
	Unordered bool

	// CloudEvents says that the transport carries the attributes of CloudEvents
	// only, whose names begin with ce-, and refuses others.
	CloudEvents bool

	// OrdersRedelivery says that a message does not pass a failed one with
	// the same ordering key.
	OrdersRedelivery bool
}

// Run runs the suite, each case as a parallel subtest with a transport of its
// own.
func Run(t *testing.T, h Harness) {
	cases := []struct {
		name string
		test func(*testing.T, Harness)
	}{
		{"content", testContent},
		{"redelivery", testRedelivery},
		{"done context", testDoneContext},
		{"size", testSize},
		{"text", testText},
		{"enqueue", testEnqueue},
		{"flush", testFlush},
		{"flush of nothing", testFlushNothing},
		{"close sends", testCloseSends},
		{"closed", testClosed},
		{"close while publishing", testCloseWhilePublishing},
		{"concurrent", testConcurrent},
		{"order of publish", testPublishOrder},
		{"order of enqueue", testEnqueueOrder},
		{"order after a failure", testOrderAfterFailure},
		{"panic", testPanic},
		{"queue", testQueue},
		{"later", testLater},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.test(t, h)
		})
	}
}

// patience bounds every wait, so that a lost message fails a test instead of
// hanging it. Nothing waits that long where all is well.
const patience = 30 * time.Second

// within returns a context that bounds one wait of t.
func within(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// An inbox is a handler that keeps what it got. Its zero value acknowledges
// everything.
type inbox struct {
	// fail decides about a delivery, given how many of the same data came
	// before it.
	fail func(d *transport.Delivery, before int) error

	mu      sync.Mutex
	all     []*transport.Delivery
	changed chan struct{} // closed and replaced with each delivery
}

func (in *inbox) handle(_ context.Context, d *transport.Delivery) error {
	in.mu.Lock()
	before := 0
	for _, other := range in.all {
		if string(other.Data) == string(d.Data) {
			before++
		}
	}
	// A copy: what a transport does with its message later is its own affair.
	c := *d
	c.Data, c.Attributes = slices.Clone(d.Data), maps.Clone(d.Attributes)
	in.all = append(in.all, &c)
	if in.changed != nil {
		close(in.changed)
		in.changed = nil
	}
	in.mu.Unlock()
	if in.fail == nil {
		return nil
	}
	return in.fail(d, before)
}

// deliveries waits until enough says that they are complete, and returns them.
func (in *inbox) deliveries(t *testing.T, enough func([]*transport.Delivery) bool) []*transport.Delivery {
	t.Helper()
	ctx := within(t)
	for {
		in.mu.Lock()
		all := slices.Clone(in.all)
		if in.changed == nil {
			in.changed = make(chan struct{})
		}
		changed := in.changed
		in.mu.Unlock()
		if enough(all) {
			return all
		}
		select {
		case <-changed:
		case <-ctx.Done():
			t.Fatalf("got %d deliveries within %v, which are too few", len(all), patience)
		}
	}
}

// distinct waits for n messages with different data, and returns the data in
// the order of the first delivery of each: a queue may deliver twice.
func (in *inbox) distinct(t *testing.T, n int) []string {
	t.Helper()
	var data []string
	in.deliveries(t, func(all []*transport.Delivery) bool {
		data = data[:0]
		for _, d := range all {
			if s := string(d.Data); !slices.Contains(data, s) {
				data = append(data, s)
			}
		}
		return len(data) >= n
	})
	return data
}

// message returns one whose attributes are never empty, since Pub/Sub takes
// none without data and attributes.
func message(data string) *transport.Message {
	return &transport.Message{Data: []byte(data), Attributes: map[string]string{"ce-a": "1"}}
}

func keyed(key, data string) *transport.Message {
	m := message(data)
	m.OrderingKey = key
	return m
}

func publish(t *testing.T, tr transport.Transport, m *transport.Message) {
	t.Helper()
	if err := tr.Publish(within(t), m); err != nil {
		t.Fatalf("Publish(%q) = %v, want nil", m.Data, err)
	}
}

func enqueue(t *testing.T, tr transport.Transport, m *transport.Message) func(context.Context) error {
	t.Helper()
	wait, err := tr.Enqueue(within(t), m)
	if err != nil {
		t.Fatalf("Enqueue(%q) = %v, want nil", m.Data, err)
	}
	return wait
}
