// Package transporttest is the conformance suite of transports: it tests the promises
// of [transport.Transport]. To test a transport, describe it with a [Harness] and call
// [Run]. Add a new expectation here, not to the tests of one transport.
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

// A Harness describes a transport to the suite.
type Harness struct {
	// New returns a new transport with a queue of its own, and delivers the messages to
	// h until the test ends. If h returns an error, the message must be delivered again
	// soon. Messages with the same ordering key must be delivered in order. If the
	// transport is a [transport.Queuer], deliver the messages of its queue "other" to
	// h, too. Release resources with t.Cleanup, even if the suite has closed the
	// transport.
	New func(t *testing.T, h transport.Handler) transport.Transport

	// RunsHandlers means that the transport calls the handler itself, in this process.
	// It must then handle a panic of the handler.
	RunsHandlers bool

	// MinSize is the least that MaxSize may return. The default is 512 KiB.
	MinSize int

	// MaxDelay is how far ahead the transport delivers a message when it is due. It must
	// refuse a longer delay. By default it must refuse any.
	MaxDelay time.Duration

	// Unordered means that the transport keeps no order. It must then refuse a message
	// with an ordering key.
	Unordered bool

	// OtherAttributes is how many attributes without the prefix ce- a message may have. The
	// transport must refuse more. The default is any number; -1 means none. A transport
	// with a limit must also refuse names that are not ASCII.
	OtherAttributes int

	// OrdersRedelivery means that a message does not overtake a failed message with the
	// same ordering key.
	OrdersRedelivery bool
}

// Run runs the suite. Each case is a parallel subtest with its own transport.
func Run(t *testing.T, h Harness) {
	cases := []struct {
		name string
		test func(*testing.T, Harness)
	}{
		{"content", testContent},
		{"attributes", testAttributes},
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

// waitLimit limits every wait, so that a lost message fails a test instead of blocking
// it. A test that passes never waits that long.
const waitLimit = 30 * time.Second

// within returns a context that limits one wait of t.
func within(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), waitLimit)
	t.Cleanup(cancel)
	return ctx
}

// An inbox is a handler that stores its deliveries. Its zero value acknowledges all of
// them.
type inbox struct {
	// fail returns the result of a delivery. before is the number of earlier deliveries
	// with the same data.
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
	// Copy d: a transport may change its message later.
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

// deliveries waits until enough returns true for the deliveries so far, and returns
// them.
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
			t.Fatalf("got %d deliveries within %v, want more", len(all), waitLimit)
		}
	}
}

// distinct waits for n messages with different data. It returns the data in the order
// of first delivery, because a queue may deliver a message twice.
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

// message returns a message with an attribute, since Pub/Sub refuses a message that has
// neither data nor attributes.
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
