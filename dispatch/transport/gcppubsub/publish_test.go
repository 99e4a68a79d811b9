package gcppubsub_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/cloud-functions-dispatch/go/dispatch/internal/pubsubtest"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

// A single call must not wait for others, so it has a request of its own. The calls of
// a batch share requests.
func TestRequests(t *testing.T) {
	t.Parallel()
	const n = 5
	t.Run("publish", func(t *testing.T) {
		t.Parallel()
		r := new(reactor)
		tr := newTransport(t, pubsubtest.NewServer(t, r.option()))
		for i := range n {
			if err := tr.Publish(within(t), message(fmt.Sprint(i))); err != nil {
				t.Fatal(err)
			}
			if got := r.requests.Load(); got != int64(i+1) {
				t.Errorf("after %d publishes: got %d requests, want as many", i+1, got)
			}
		}
	})
	t.Run("publish among enqueued", func(t *testing.T) {
		t.Parallel()
		var alone bool
		r := &reactor{fail: func(_ int, req *pubsubpb.PublishRequest) error {
			if len(req.Messages) == 1 && string(req.Messages[0].Data) == "single" {
				alone = true
			}
			return nil
		}}
		tr := newTransport(t, pubsubtest.NewServer(t, r.option()))
		wait, err := tr.Enqueue(within(t), message("enqueued"))
		if err != nil {
			t.Fatal(err)
		}
		if err := tr.Publish(within(t), message("single")); err != nil {
			t.Fatal(err)
		}
		if err := wait(within(t)); err != nil {
			t.Fatal(err)
		}
		if !alone {
			t.Error("a single message shared a request with one that was enqueued, want a request of its own")
		}
	})
	t.Run("enqueue", func(t *testing.T) {
		t.Parallel()
		const n = 100
		var sizes []int
		r := &reactor{fail: func(_ int, req *pubsubpb.PublishRequest) error {
			sizes = append(sizes, len(req.Messages))
			return nil
		}}
		s := pubsubtest.NewServer(t, r.option())
		tr := newTransport(t, s)
		messages := make([]*transport.Message, n)
		for i := range messages {
			messages[i] = message(fmt.Sprint(i))
		}
		for _, m := range messages {
			if _, err := tr.Enqueue(within(t), m); err != nil {
				t.Fatal(err)
			}
		}
		tr.Flush(within(t))
		if got := len(s.Messages()); got != n {
			t.Errorf("after Flush: %d messages were published, want %d", got, n)
		}
		// On a slow machine the delay may end in between, so the test allows one
		// request for ten messages.
		if len(sizes) > n/10 {
			t.Errorf("%d messages went in requests of %v, want few requests", n, sizes)
		}
	})
}

// Pub/Sub refuses a request whose messages have different ordering keys. Messages with the
// same key still share requests, and keep their order, if callers enqueue others in between.
func TestEnqueue_oneKeyPerRequest(t *testing.T) {
	t.Parallel()
	const keys, n = 100, 20
	var requests, mixed int
	r := &reactor{fail: func(_ int, req *pubsubpb.PublishRequest) error {
		requests++
		for _, m := range req.Messages {
			if m.OrderingKey != req.Messages[0].OrderingKey {
				mixed++
			}
		}
		return nil
	}}
	s := pubsubtest.NewServer(t, r.option())
	tr := newTransport(t, s)
	for i := range n {
		for key := range keys + 1 {
			m := message(fmt.Sprint(i))
			if key < keys {
				m.OrderingKey = fmt.Sprint("key ", key)
			}
			if _, err := tr.Enqueue(within(t), m); err != nil {
				t.Fatal(err)
			}
		}
	}
	tr.Flush(within(t))
	got := make(map[string][]string)
	for _, m := range s.Messages() {
		got[m.OrderingKey] = append(got[m.OrderingKey], string(m.Data))
	}
	for key, data := range got {
		if key == "" {
			slices.SortFunc(data, func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) })
		}
		for i, d := range data {
			if d != fmt.Sprint(i) || len(data) != n {
				t.Fatalf("key %q: published %q, want 0 to %d in order", key, data, n-1)
			}
		}
	}
	if len(got) != keys+1 || mixed > 0 {
		t.Errorf("got %d keys and %d messages in a request with another key, want %d and 0", len(got), mixed, keys+1)
	}
	if requests > (keys+1)*n/2 {
		t.Errorf("%d messages took %d requests, want that those with the same key share requests", (keys+1)*n, requests)
	}
}

// After a failed request, messages with the same key are refused until the next Flush.
func TestOrderedFailure_resumes(t *testing.T) {
	t.Parallel()
	failing := true
	r := &reactor{fail: func(_ int, req *pubsubpb.PublishRequest) error {
		if failing && req.Messages[0].OrderingKey == "bad" {
			failing = false
			return status.Error(codes.InvalidArgument, "once")
		}
		return nil
	}}
	s := pubsubtest.NewServer(t, r.option())
	tr := newTransport(t, s)
	send := func(key string, data ...string) []error {
		var waits []func(context.Context) error
		for _, d := range data {
			m := message(d)
			m.OrderingKey = key
			wait, err := tr.Enqueue(within(t), m)
			if err != nil {
				t.Fatal(err)
			}
			waits = append(waits, wait)
		}
		tr.Flush(within(t))
		var errs []error
		for _, wait := range waits {
			errs = append(errs, wait(within(t)))
		}
		return errs
	}
	for i, err := range send("bad", "lost 0", "lost 1", "lost 2") {
		if err == nil {
			t.Errorf("message %d of the failed request: got nil, want an error", i)
		}
	}
	for _, key := range []string{"bad", "good", "bad"} {
		for i, err := range send(key, key+" 0", key+" 1") {
			if err != nil {
				t.Errorf("message %d with key %q after the failure: got %v, want nil", i, key, err)
			}
		}
	}
	var got []string
	for _, m := range s.Messages() {
		got = append(got, string(m.Data))
	}
	want := []string{"bad 0", "bad 1", "good 0", "good 1", "bad 0", "bad 1"}
	if !slices.Equal(got, want) {
		t.Errorf("published %q, want %q", got, want)
	}
}

// If a caller's context ends before the request has failed, later messages with the key
// must still be accepted.
func TestOrderedFailure_resumesAfterAbandonedWait(t *testing.T) {
	t.Parallel()
	arrived, release := make(chan struct{}), make(chan struct{})
	r := &reactor{fail: func(n int, _ *pubsubpb.PublishRequest) error {
		if n > 1 {
			return nil
		}
		close(arrived)
		<-release
		return status.Error(codes.InvalidArgument, "once")
	}}
	tr := newTransport(t, pubsubtest.NewServer(t, r.option()))
	m := message("x")
	m.OrderingKey = "k"
	wait, err := tr.Enqueue(within(t), m)
	if err != nil {
		t.Fatal(err)
	}
	<-arrived
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	if err := wait(canceled); err == nil {
		t.Error("wait with a canceled context = nil, want an error")
	}
	close(release)
	tr.Flush(within(t)) // returns after the request has failed
	wait, err = tr.Enqueue(within(t), m)
	if err != nil {
		t.Fatal(err)
	}
	tr.Flush(within(t))
	if err := wait(within(t)); err != nil {
		t.Errorf("the next message with the key: got %v, want nil", err)
	}
}

// While Close waits for running publishes, new ones are refused at once.
func TestClose_refusesAtOnce(t *testing.T) {
	t.Parallel()
	arrived, release := make(chan struct{}), make(chan struct{})
	r := &reactor{fail: func(n int, _ *pubsubpb.PublishRequest) error {
		if n == 1 {
			close(arrived)
			<-release
		}
		return nil
	}}
	s := pubsubtest.NewServer(t, r.option())
	tr := newTransport(t, s)
	published := make(chan error, 1)
	go func() { published <- tr.Publish(within(t), message("slow")) }()
	<-arrived
	closed := make(chan error, 1)
	go func() { closed <- tr.Close() }()
	// The context is canceled, so that none of these publishes waits in the server
	// behind the slow one before Close has started.
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	refused := make(chan struct{})
	go func() {
		for !errors.Is(tr.Publish(canceled, message("late")), transport.ErrClosed) {
			runtime.Gosched()
		}
		close(refused)
	}()
	select {
	case <-refused:
	case <-within(t).Done():
		t.Error("Publish while Close waits is blocked, want ErrClosed at once")
	}
	select {
	case err := <-closed:
		t.Errorf("Close() = %v while a message was being sent, want it to wait", err)
	default:
	}
	close(release)
	if err := <-published; err != nil {
		t.Errorf("Publish before Close = %v, want nil", err)
	}
	if err := <-closed; err != nil {
		t.Errorf("Close() = %v, want nil", err)
	}
	if got := len(s.Messages()); got != 1 {
		t.Errorf("%d messages were published, want the slow one only", got)
	}
}

// The buffer of messages is limited. If it is full, Enqueue blocks, at most until its
// context is done.
func TestEnqueue_bounded(t *testing.T) {
	t.Parallel()
	open := make(chan struct{})
	s := pubsubtest.NewServer(t, (&reactor{fail: func(int, *pubsubpb.PublishRequest) error {
		<-open
		return nil
	}}).option())
	tr := newTransport(t, s)
	data := strings.Repeat("x", 9_000_000)
	enqueue := func(ctx context.Context) error {
		wait, err := tr.Enqueue(ctx, message(data))
		if err == nil && ctx.Err() != nil {
			err = wait(ctx)
		}
		return err
	}
	for range 11 {
		if err := enqueue(t.Context()); err != nil {
			t.Fatalf("Enqueue = %v, want nil", err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := enqueue(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Enqueue beyond 100 MiB = %v, want it to wait until its context is done", err)
	}
	close(open)
}

// No message is sent after a failed message with the same key, however many there are.
// The error does not contain the key.
func TestOrderedFailure_stopsTheKey(t *testing.T) {
	t.Parallel()
	r := &reactor{fail: func(n int, _ *pubsubpb.PublishRequest) error {
		if n == 1 {
			return status.Error(codes.InvalidArgument, "once")
		}
		return nil
	}}
	s := pubsubtest.NewServer(t, r.option())
	tr := newTransport(t, s)
	var waits []func(context.Context) error
	for i := range 350 {
		m := message(fmt.Sprint(i))
		m.OrderingKey = "customer-4711"
		wait, err := tr.Enqueue(within(t), m)
		if err != nil {
			t.Fatal(err)
		}
		waits = append(waits, wait)
		if i == 120 { // the first message has failed, and more follow
			if err := waits[0](within(t)); err == nil {
				t.Error("the first message: got nil, want an error")
			}
		}
	}
	tr.Flush(within(t))
	if got := len(s.Messages()); got != 0 {
		t.Errorf("%d messages were published after a failed one, want none", got)
	}
	const want = "publish to " + topic + ": an earlier message with the same ordering key was not accepted (send both again, in order)"
	if err := waits[349](within(t)); err == nil || err.Error() != want {
		t.Errorf("the last message: got %v, want %q", err, want)
	}
}

// Flush returns when its context ends, even if the server does not answer. When the
// server has refused the message at last, the key is accepted again.
func TestFlush_endsWithContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	release := make(chan struct{})
	r := &reactor{fail: func(n int, _ *pubsubpb.PublishRequest) error {
		if n > 1 {
			return nil
		}
		cancel()
		<-release
		return status.Error(codes.InvalidArgument, "once")
	}}
	tr := newTransport(t, pubsubtest.NewServer(t, r.option()))
	m := message("x")
	m.OrderingKey = "k"
	wait, err := tr.Enqueue(ctx, m)
	if err != nil {
		t.Fatal(err)
	}
	tr.Flush(ctx)
	if err := wait(ctx); !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "publish to "+topic) {
		t.Errorf("wait on a server that does not answer = %v, want the error of its context with the topic", err)
	}
	close(release)
	// The abandoned Flush resumes the key when it ends. The test cannot wait for that,
	// so it tries again.
	bound := within(t)
	for err = errors.New("refused"); err != nil; runtime.Gosched() {
		if wait, err = tr.Enqueue(bound, m); err != nil {
			t.Fatalf("the key stays refused, want it accepted again: %v", err)
		}
		tr.Flush(bound)
		err = wait(bound)
	}
}
