package pull_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"cloud.google.com/go/pubsub/v2"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"cloud.google.com/go/pubsub/v2/pstest"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/pull"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/emulator"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/executor"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/pubsubtest"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/gcppubsub"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/mem"
)

func TestMain(m *testing.M) { pubsubtest.VerifyTestMain(m) }

const subName = "projects/proj/subscriptions/calls"

// subscribe creates the subscription subName of the server's topic.
func subscribe(tb testing.TB, client *pubsub.Client) {
	tb.Helper()
	if _, err := client.SubscriptionAdminClient.CreateSubscription(tb.Context(), &pubsubpb.Subscription{
		Name: subName, Topic: pubsubtest.Topic,
	}); err != nil {
		tb.Fatal(err)
	}
}

// A script is the function that calls of run execute in one test.
type script func(ctx context.Context, what string) error

var (
	scripts sync.Map // by the name of the test
	run     = dispatch.Register(runScript)
)

func runScript(ctx context.Context, test, what string) error {
	s, ok := scripts.Load(test)
	if !ok {
		return errors.New("no such script")
	}
	return s.(script)(ctx, what)
}

// A worker runs Receive on a server of its own.
type worker struct {
	server *pubsubtest.Server
	ctx    context.Context // for callers
	stop   context.CancelFunc
	ended  chan error
}

func start(t *testing.T, s script, opts ...entrypoint.Option) *worker {
	t.Helper()
	w := &worker{server: pubsubtest.NewServer(t), ended: make(chan error, 1)}
	scripts.Store(t.Name(), s)
	client := pubsubtest.NewClient(t, w.server.Addr)
	subscribe(t, client)
	w.ctx = dispatch.WithClient(t.Context(), dispatch.New(gcppubsub.New(client, pubsubtest.Topic)))
	ctx, stop := context.WithCancel(context.Background())
	w.stop = stop
	go func() { w.ended <- pull.Receive(ctx, gcppubsub.NewSubscription(client, subName), opts...) }()
	t.Cleanup(stop)
	return w
}

func (w *worker) call(t *testing.T, what string) {
	t.Helper()
	if err := run.Call(w.ctx, t.Name(), what); err != nil {
		t.Fatal(err)
	}
}

// end stops the worker. It fails the test if Receive returns an error, or if the number of
// acknowledgements is not acks.
func (w *worker) end(t *testing.T, acks int) {
	t.Helper()
	w.stop()
	if err := <-w.ended; err != nil {
		t.Errorf("Receive = %v, want nil", err)
	}
	got := 0
	for _, m := range w.server.Messages() {
		got += m.Acks
	}
	if got != acks {
		t.Errorf("%d acks were sent, want %d", got, acks)
	}
}

// A call that fails is not acknowledged, and delivered again.
func TestReceive(t *testing.T) {
	t.Parallel()
	ran := make(chan string, 10)
	var failures, panics atomic.Int64
	w := start(t, func(ctx context.Context, what string) error {
		info, ok := dispatch.FromContext(ctx)
		if !ok || info.ID == "" || info.Time.IsZero() {
			t.Errorf("FromContext() = %+v, %v; want an ID and a time", info, ok)
		}
		switch {
		case what == "fail" && failures.Add(1) <= 2:
			return errors.New("as asked")
		case what == "panic" && panics.Add(1) <= 2:
			panic("as asked")
		}
		ran <- what
		return nil
	})
	for _, what := range []string{"work", "fail", "panic"} {
		w.call(t, what)
		if got := <-ran; got != what {
			t.Errorf("ran %s, want %s", got, what)
		}
	}
	w.end(t, 3)
	if f, p := failures.Load(), panics.Load(); f != 3 || p != 3 {
		t.Errorf("%d and %d attempts of calls that fail twice, want 3 each", f, p)
	}
}

// A call that is running when Receive is told to stop is finished and acknowledged. No new
// call starts.
func TestReceive_finishes(t *testing.T) {
	t.Parallel()
	running, open, late := make(chan struct{}), make(chan struct{}), make(chan struct{}, 1)
	w := start(t, func(ctx context.Context, what string) error {
		if what == "late" {
			late <- struct{}{}
			return nil
		}
		close(running)
		<-open
		return ctx.Err()
	}, entrypoint.Concurrency(1))
	w.call(t, "first")
	<-running
	w.call(t, "late") // waits until the first has ended
	w.stop()
	close(open)
	w.end(t, 1) // without waiting, the first would not be acknowledged
	if len(late) > 0 {
		t.Error("a call started after Receive was told to stop")
	}
}

// A call that is delivered after Receive was told to stop does not start.
func TestReceive_late(t *testing.T) {
	t.Parallel()
	scripts.Store(t.Name(), script(func(context.Context, string) error {
		t.Error("the call ran")
		return nil
	}))
	q := mem.New()
	var late lateSubscription
	q.Handle(func(_ context.Context, d *transport.Delivery) error {
		late.delivery = d
		return nil
	})
	c := dispatch.WithClient(t.Context(), dispatch.New(keepingTransport{q}))
	if err := errors.Join(run.Call(c, t.Name(), ""), q.Close()); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := pull.Receive(ctx, &late); err != nil || !errors.Is(late.err, executor.ErrStopped) {
		t.Errorf("Receive = %v, the delivery ended with %v; want nil and %v", err, late.err, executor.ErrStopped)
	}
}

// A keepingTransport keeps its own handler: a client cannot replace it.
type keepingTransport struct{ transport.Transport }

// A lateSubscription delivers after it was told to stop.
type lateSubscription struct {
	delivery *transport.Delivery
	err      error
}

func (s *lateSubscription) Receive(ctx context.Context, _ int, h transport.Handler) error {
	<-ctx.Done()
	s.err = h(context.Background(), s.delivery)
	return nil
}

func (s *lateSubscription) Close() error { return nil }

// If a call is still running after the grace period, its context is canceled, and it is
// delivered again.
func TestReceive_grace(t *testing.T) {
	t.Parallel()
	running, cause := make(chan struct{}), make(chan error, 1)
	w := start(t, func(ctx context.Context, _ string) error {
		close(running)
		<-ctx.Done()
		cause <- ctx.Err()
		return ctx.Err()
	}, entrypoint.Grace(time.Millisecond))
	w.call(t, "")
	<-running
	w.stop()
	const want = "dispatch: stop receiving calls: some were still running after 1ms (they will be delivered again)"
	if err := <-w.ended; err == nil || err.Error() != want {
		t.Errorf("Receive = %v, want %q", err, want)
	}
	if err := <-cause; !errors.Is(err, context.Canceled) {
		t.Errorf("the call's context ended with %v, want context.Canceled", err)
	}
	if m := w.server.Messages()[0]; m.Acks != 0 {
		t.Errorf("the call was acknowledged %d times, want never", m.Acks)
	}
}

// While a call runs, its lease is extended in short steps: after a worker was killed, its
// calls wait for the rest of the lease.
func TestReceive_extendsLease(t *testing.T) {
	t.Parallel()
	open := make(chan struct{})
	w := start(t, func(context.Context, string) error {
		<-open
		return nil
	})
	w.call(t, "")
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	var leases []pstest.Modack
	for len(leases) < 2 { // the first only confirms that the message has arrived
		select {
		case <-tick.C:
			leases = w.server.Messages()[0].Modacks
		case <-ctx.Done():
			t.Fatalf("the lease was set %d times, want it extended", len(leases))
		}
	}
	for _, l := range leases {
		if l.AckDeadline < 10 || l.AckDeadline > 30 {
			t.Errorf("the lease was extended by %d seconds, want 10 to 30", l.AckDeadline)
		}
	}
	close(open)
	w.end(t, 1)
}

// The Receive of a stuckSubscription does not return until released is closed.
type stuckSubscription struct{ released chan struct{} }

func (s *stuckSubscription) Receive(context.Context, int, transport.Handler) error {
	<-s.released
	return nil
}

func (s *stuckSubscription) Close() error { return nil }

// The default grace period is 10 seconds, and one second more for functions that watch
// their context.
func TestReceive_graceDefault(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &stuckSubscription{make(chan struct{})}
		ctx, stop := context.WithCancel(t.Context())
		stop()
		start := time.Now()
		err := pull.Receive(ctx, s)
		if got := time.Since(start); err == nil || got != 11*time.Second {
			t.Errorf("Receive = %v after %v, want an error after 11s", err, got)
		}
		close(s.released)
	})
}

// At most Concurrency calls run at a time, even if more are waiting.
func TestReceive_concurrency(t *testing.T) {
	t.Parallel()
	const limit, calls = 3, 12
	var mu sync.Mutex
	var now, most int
	enough, done := make(chan struct{}), make(chan struct{}, calls)
	w := start(t, func(context.Context, string) error {
		mu.Lock()
		now++
		most = max(most, now)
		if now == limit && most == limit {
			select {
			case <-enough:
			default:
				close(enough)
			}
		}
		mu.Unlock()
		<-enough
		mu.Lock()
		now--
		mu.Unlock()
		done <- struct{}{}
		return nil
	}, entrypoint.Concurrency(limit))
	for range calls {
		w.call(t, "")
	}
	for range calls {
		<-done
	}
	w.end(t, calls)
	if most != limit {
		t.Errorf("%d calls ran at a time, want %d", most, limit)
	}
}

// A denier is a server that permits nobody to receive. pstest has no option for that.
type denier struct {
	pubsubpb.UnimplementedSubscriberServer
}

func (denier) StreamingPull(pubsubpb.Subscriber_StreamingPullServer) error {
	return status.Error(codes.PermissionDenied, "no")
}

func serveDenier(t *testing.T) (addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := grpc.NewServer()
	pubsubpb.RegisterSubscriberServer(s, denier{})
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	t.Cleanup(func() {
		s.Stop()
		<-served
	})
	return l.Addr().String()
}

// If the worker may not receive, Receive returns an error that contains the fix.
func TestReceive_refused(t *testing.T) {
	t.Parallel()
	const prefix = "dispatch: receive calls: receive from " + subName + ": "
	for name, c := range map[string]struct{ addr, want string }{
		"no subscription": {pubsubtest.NewServer(t).Addr, prefix + "the subscription does not exist (create it with gcloud pubsub subscriptions create, or correct DISPATCH_SUBSCRIPTION): "},
		"no permission":   {serveDenier(t), prefix + "permission denied (grant roles/pubsub.subscriber on the subscription): "},
	} {
		client := pubsubtest.NewClient(t, c.addr)
		err := pull.Receive(t.Context(), gcppubsub.NewSubscription(client, subName))
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: Receive = %v, want an error that begins with %q", name, err, c.want)
		}
	}
}

func TestRun_malformed(t *testing.T) {
	t.Setenv("PUBSUB_EMULATOR_HOST", "127.0.0.1:1")
	const form = "(want gcppubsub://projects/PROJECT/subscriptions/SUBSCRIPTION)"
	for _, c := range []struct{ url, want string }{
		{"", "it is not set (set it to a URL such as gcppubsub://projects/P/subscriptions/S or sqs://sqs.REGION.amazonaws.com/ACCOUNT/QUEUE)"},
		{"gcppubsub://projects/p/topics/t", form},
		{"gcppubsub://projects/p/subscriptions/", form},
		{"gcppubsub://projects/p/subscriptions/s/t", form},
		{"gcppubsub://projects/p/subscriptions/s?a=b", form},
		{"gcppubsub://user:hidden@projects/p/subscriptions/s", form},
		{"gcppubsub://projects/%zz", "(want a URL such as gcppubsub://projects/P/subscriptions/S or sqs://sqs.REGION.amazonaws.com/ACCOUNT/QUEUE)"},
		{"mem://", "(use gcppubsub or sqs, or import the transport that registers it)"},
	} {
		t.Setenv("DISPATCH_SUBSCRIPTION", c.url)
		err := pull.Run(t.Context())
		if err == nil || !strings.HasPrefix(err.Error(), "dispatch: open DISPATCH_SUBSCRIPTION: ") || !strings.HasSuffix(err.Error(), c.want) || strings.Contains(err.Error(), "hidden") {
			t.Errorf("Run with %q = %v, want an error about the variable that ends with %q", c.url, err, c.want)
		}
	}
}

// GET /health is answered while Run receives, and with 503 when Run takes no more calls.
// Without PORT, Run does not listen.
func TestRun_health(t *testing.T) {
	server := pubsubtest.NewServer(t)
	client := pubsubtest.NewClient(t, server.Addr)
	subscribe(t, client)
	addr := emulator.FreeAddr(t)
	_, port, _ := net.SplitHostPort(addr)
	t.Setenv("PUBSUB_EMULATOR_HOST", server.Addr)
	t.Setenv("DISPATCH_SUBSCRIPTION", "gcppubsub://"+subName)
	t.Setenv("PORT", port)
	web := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	get := func(path string) int {
		resp, err := web.Get("http://" + addr + path)
		if err != nil {
			return 0
		}
		_ = resp.Body.Close() // it is short
		return resp.StatusCode
	}

	running, open := make(chan struct{}), make(chan struct{})
	scripts.Store(t.Name(), script(func(context.Context, string) error {
		close(running)
		<-open
		return nil
	}))
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- pull.Run(ctx) }()
	if err := run.Call(dispatch.WithClient(t.Context(), dispatch.New(gcppubsub.New(client, pubsubtest.Topic))), t.Name(), "x"); err != nil {
		t.Fatal(err)
	}
	<-running
	if got := get("/health"); got != http.StatusOK {
		t.Errorf("GET /health = %d, want 200", got)
	}
	if got := get("/"); got != http.StatusNotFound {
		t.Errorf("GET / = %d, want 404", got)
	}
	if err := pull.Run(ctx); err == nil || !strings.Contains(err.Error(), "set PORT to a free port") {
		t.Errorf("a second Run at the port = %v, want an error about PORT", err)
	}
	stop()
	for got := http.StatusOK; got != http.StatusServiceUnavailable; {
		if got = get("/health"); got == 0 {
			t.Fatal("GET /health was not answered while a call was still running")
		}
	}
	close(open)
	if err := <-ended; err != nil {
		t.Errorf("Run = %v, want nil", err)
	}
	if got := get("/health"); got != 0 {
		t.Errorf("GET /health after Run = %d, want no answer", got)
	}
	t.Setenv("PORT", "")
	if err := pull.Run(ctx); err != nil {
		t.Errorf("Run without a port = %v, want nil", err)
	}
}

func TestRun_portMalformed(t *testing.T) {
	t.Setenv("DISPATCH_SUBSCRIPTION", "gcppubsub://"+subName)
	for _, port := range []string{":8080", "http", "99999"} {
		t.Setenv("PORT", port)
		if err := pull.Run(t.Context()); err == nil || !strings.HasSuffix(err.Error(), "want a number up to 65535 (or unset it)") {
			t.Errorf("Run with PORT=%s = %v, want an error about it", port, err)
		}
	}
}

// If the queue cannot be reached, Run still returns nil when it is told to stop, and does
// so before the platform kills the process. The test runs it in a process of its own: the
// client's goroutine finds only at its next attempt that the client was closed, up to a
// minute later.
func TestRun_unreachable(t *testing.T) {
	const child = "DISPATCH_TEST_UNREACHABLE"
	if os.Getenv(child) != "" {
		ctx, stop := context.WithTimeout(t.Context(), time.Second)
		defer stop()
		start := time.Now()
		if err := pull.Run(ctx); err != nil || time.Since(start) > 8*time.Second {
			fmt.Printf("Run = %v after %v, want nil some seconds after it was told to stop\n", err, time.Since(start))
			os.Exit(1)
		}
		os.Exit(0)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), child+"=1", "PORT=",
		"PUBSUB_EMULATOR_HOST="+emulator.FreeAddr(t), "DISPATCH_SUBSCRIPTION=gcppubsub://"+subName)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("a process with Run alone: %v\n%s", err, out)
	}
}
