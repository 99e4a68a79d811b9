package transporttest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

// A SubscriptionHarness describes a subscription to [RunSubscription].
type SubscriptionHarness struct {
	// New returns a transport to a queue of its own, and a function that opens a
	// subscription to this queue. Release resources with t.Cleanup.
	New func(t *testing.T) (transport.Transport, func() transport.Subscription)

	// Lease is the time after which a message of a worker that was killed is delivered
	// again. The suite waits for it.
	Lease time.Duration

	// Abandon receives a message of the queue of tr, as a worker that is killed then.
	Abandon func(t *testing.T, tr transport.Transport)

	// CountsAttempts means that deliveries have the number of their attempt.
	CountsAttempts bool

	// Ordered means that messages with the same ordering key are handled in order, one
	// after the other, also after a failure.
	Ordered bool
}

// RunSubscription tests the promises of [transport.Subscription]. Each case is a parallel
// subtest with its own queue.
func RunSubscription(t *testing.T, h SubscriptionHarness) {
	cases := []struct {
		name string
		test func(*testing.T, SubscriptionHarness)
	}{
		{"acknowledgement", testAcknowledged},
		{"error", testError},
		{"lost lease", testLostLease},
		{"lease", testLease},
		{"end", testEnd},
		{"concurrency", testConcurrency},
		{"poison", testPoison},
		{"group", testGroup},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.test(t, h)
		})
	}
}

// A worker is a call of Receive.
type worker struct {
	stop  context.CancelFunc
	ended chan error
}

// work starts a worker. It is stopped at the end of the test.
func work(t *testing.T, s transport.Subscription, concurrency int, h transport.Handler) *worker {
	ctx, cancel := context.WithCancel(context.Background())
	w := &worker{stop: cancel, ended: make(chan error, 1)}
	go func() { w.ended <- s.Receive(ctx, concurrency, h) }()
	t.Cleanup(func() { w.end(t) })
	return w
}

// end stops w and waits for it. It may be called again.
func (w *worker) end(t *testing.T) {
	t.Helper()
	w.stop()
	select {
	case err, ok := <-w.ended:
		if err != nil {
			t.Errorf("Receive() = %v, want nil", err)
		}
		if ok {
			close(w.ended)
		}
	case <-time.After(waitLimit):
		t.Errorf("Receive has not returned %v after its context was done", waitLimit)
	}
}

// onlyMarker checks that the queue delivers no message but one that it publishes now, to a
// new worker that runs until a lease has ended.
func onlyMarker(t *testing.T, h SubscriptionHarness, tr transport.Transport, s transport.Subscription) {
	t.Helper()
	in := new(inbox)
	w := work(t, s, 10, in.handle)
	publish(t, tr, message("marker"))
	in.distinct(t, 1)
	<-time.After(h.Lease)
	w.end(t)
	for _, d := range in.all {
		if string(d.Data) != "marker" {
			t.Errorf("%q was delivered again, want it acknowledged", d.Data)
		}
	}
}

func testAcknowledged(t *testing.T, h SubscriptionHarness) {
	tr, open := h.New(t)
	in := new(inbox)
	w := work(t, open(), 10, in.handle)
	var want []string
	for i := range 25 {
		want = append(want, fmt.Sprintf("%02d", i))
		publish(t, tr, message(want[i]))
	}
	got := in.distinct(t, len(want))
	w.end(t)
	if slices.Sort(got); !slices.Equal(got, want) {
		t.Errorf("delivered %q, want %q", got, want)
	}
	onlyMarker(t, h, tr, open())
}

func testError(t *testing.T, h SubscriptionHarness) {
	tr, open := h.New(t)
	in := &inbox{fail: func(_ *transport.Delivery, before int) error {
		if before < 2 {
			return errors.New("not yet")
		}
		return nil
	}}
	work(t, open(), 1, in.handle)
	publish(t, tr, message("again"))
	all := in.deliveries(t, func(all []*transport.Delivery) bool { return len(all) > 2 })
	for i, d := range all[:3] {
		if h.CountsAttempts && d.Attempt != i+1 || !h.CountsAttempts && d.Attempt != 0 {
			t.Errorf("delivery %d has attempt %d", i+1, d.Attempt)
		}
	}
}

func testLostLease(t *testing.T, h SubscriptionHarness) {
	tr, open := h.New(t)
	publish(t, tr, message("abandoned"))
	h.Abandon(t, tr)
	in := new(inbox)
	work(t, open(), 1, in.handle)
	d := in.deliveries(t, func(all []*transport.Delivery) bool { return len(all) > 0 })[0]
	if string(d.Data) != "abandoned" || h.CountsAttempts && d.Attempt < 2 {
		t.Errorf("delivered %q, attempt %d; want the abandoned message again", d.Data, d.Attempt)
	}
}

// testLease runs a handler for longer than a lease, while another worker is ready.
func testLease(t *testing.T, h SubscriptionHarness) {
	tr, open := h.New(t)
	in, running, release := new(inbox), make(chan struct{}, 100), make(chan struct{})
	hold := func(ctx context.Context, d *transport.Delivery) error {
		running <- struct{}{}
		<-release
		return in.handle(ctx, d)
	}
	first := work(t, open(), 1, hold)
	publish(t, tr, message("long"))
	select {
	case <-running:
	case <-time.After(waitLimit):
		t.Fatal("the message was not delivered")
	}
	second := work(t, open(), 1, hold)
	select {
	case <-running:
		t.Error("the message was delivered again while its handler ran")
	case <-time.After(h.Lease * 3 / 2):
	}
	close(release)
	first.end(t)
	second.end(t)
	onlyMarker(t, h, tr, open())
}

// testEnd ends the context of Receive while a handler runs and messages wait.
func testEnd(t *testing.T, h SubscriptionHarness) {
	tr, open := h.New(t)
	var mu sync.Mutex
	var started []string
	running, release := make(chan struct{}, 100), make(chan struct{})
	w := work(t, open(), 1, func(ctx context.Context, d *transport.Delivery) error {
		mu.Lock()
		started = append(started, string(d.Data))
		mu.Unlock()
		running <- struct{}{}
		<-release
		return ctx.Err() // it must not be done
	})
	for i := range 5 {
		publish(t, tr, message(fmt.Sprint(i)))
	}
	<-running
	w.stop()
	select {
	case err := <-w.ended:
		t.Errorf("Receive() = %v while a handler ran", err)
		w.ended <- err
	case <-time.After(50 * time.Millisecond): // if it is late, the test passes
	}
	close(release)
	w.end(t)
	mu.Lock()
	defer mu.Unlock()
	if len(started) != 1 {
		t.Errorf("the handler was started for %q, want none after the end of the context", started)
	}
	in := new(inbox)
	work(t, open(), 10, in.handle)
	if got := in.distinct(t, 4); slices.Contains(got, started[0]) {
		t.Errorf("delivered %q afterwards, want all but %q, which was handled", got, started[0])
	}
}

func testConcurrency(t *testing.T, h SubscriptionHarness) {
	tr, open := h.New(t)
	const limit, messages = 3, 12
	var mu sync.Mutex
	now, most := 0, 0
	full := make(chan struct{})
	in := new(inbox)
	work(t, open(), limit, func(ctx context.Context, d *transport.Delivery) error {
		mu.Lock()
		now++
		most = max(most, now)
		if now == limit && most == limit {
			select {
			case <-full:
			default:
				close(full)
			}
		}
		mu.Unlock()
		select {
		case <-full:
		case <-time.After(waitLimit):
			t.Errorf("only %d handlers ran at a time, want %d", most, limit)
		}
		mu.Lock()
		now--
		mu.Unlock()
		return in.handle(ctx, d)
	})
	for i := range messages {
		publish(t, tr, message(fmt.Sprint(i)))
	}
	in.distinct(t, messages)
	mu.Lock()
	defer mu.Unlock()
	if most > limit {
		t.Errorf("%d handlers ran at a time, want at most %d", most, limit)
	}
}

// testPoison fails some messages for ever: the others must not wait for them.
func testPoison(t *testing.T, h SubscriptionHarness) {
	tr, open := h.New(t)
	const poison, good = 5, 20
	in := &inbox{fail: func(d *transport.Delivery, _ int) error {
		if d.Data[0] == 'p' {
			return errors.New("never")
		}
		return nil
	}}
	work(t, open(), 2, in.handle)
	for i := range poison {
		publish(t, tr, message(fmt.Sprintf("p%d", i)))
	}
	for i := range good {
		publish(t, tr, message(fmt.Sprint(i)))
	}
	in.distinct(t, poison+good)
}

// testGroup fails the first message of a key once, with others behind it.
func testGroup(t *testing.T, h SubscriptionHarness) {
	if !h.Ordered {
		t.Skip("this queue keeps no order, or delivers other messages of a key before the failed one")
	}
	tr, open := h.New(t)
	var mu sync.Mutex
	var order []string
	done := make(chan struct{})
	running := 0
	work(t, open(), 10, func(_ context.Context, d *transport.Delivery) error {
		mu.Lock()
		defer mu.Unlock()
		if running > 0 {
			t.Error("two messages with one key are handled at a time")
		}
		running++
		mu.Unlock()
		<-time.After(time.Millisecond)
		mu.Lock()
		running--
		order = append(order, string(d.Data))
		switch {
		case len(order) == 2:
			return errors.New("the second delivery fails")
		case string(d.Data) == "4":
			close(done)
		}
		return nil
	})
	for i := range 5 {
		publish(t, tr, keyed("k", fmt.Sprint(i)))
	}
	select {
	case <-done:
	case <-time.After(waitLimit):
	}
	mu.Lock()
	defer mu.Unlock()
	if want := []string{"0", "1", "1", "2", "3", "4"}; !slices.Equal(order, want) {
		t.Errorf("handled %q, want %q", order, want)
	}
}
