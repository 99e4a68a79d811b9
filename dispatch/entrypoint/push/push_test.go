package push_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/push"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/pubsubtest"
)

func TestMain(m *testing.M) { pubsubtest.VerifyTestMain(m) }

var (
	_ = dispatch.Register(count, dispatch.Name("count"))
	_ = dispatch.Register(hold, dispatch.Name("hold"))
)

// counted holds how often each call of count ran, by its ID.
var counted = struct {
	sync.Mutex
	runs map[string]int
}{runs: make(map[string]int)}

func count(ctx context.Context) error {
	info, _ := dispatch.FromContext(ctx)
	counted.Lock()
	defer counted.Unlock()
	counted.runs[info.ID]++
	return nil
}

// runs returns how many calls have an ID with the prefix, and how often they ran.
func runs(prefix string) (calls, runs int) {
	counted.Lock()
	defer counted.Unlock()
	for id, n := range counted.runs {
		if strings.HasPrefix(id, prefix) {
			calls++
			runs += n
		}
	}
	return calls, runs
}

// A gate makes a call of hold wait until the test opens it.
type gate struct{ arrived, open chan struct{} }

var gates sync.Map // by the ID of the call

// newGate makes a gate for a call that has the name of the test as its ID.
func newGate(t *testing.T) *gate {
	g := &gate{make(chan struct{}), make(chan struct{})}
	gates.Store(t.Name(), g)
	return g
}

func hold(ctx context.Context) error {
	info, _ := dispatch.FromContext(ctx)
	v, ok := gates.Load(info.ID)
	if !ok {
		return errors.New("no such gate")
	}
	g := v.(*gate)
	close(g.arrived)
	select {
	case <-g.open:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// event returns a request with a call of name, as a CloudEvent in binary mode.
func event(url, name, id string) *http.Request {
	r, err := http.NewRequest(http.MethodPost, url, strings.NewReader("[]"))
	if err != nil {
		panic(err) // the URL is ours
	}
	r.Header = http.Header{
		"Ce-Specversion": {"1.0"}, "Ce-Type": {"dev.cloudfunctions.dispatch.call.v1"},
		"Ce-Id": {id}, "Ce-Source": {"test"}, "Ce-Subject": {name},
	}
	return r
}

// wrapped returns a request with a call of name, as Pub/Sub pushes it.
func wrapped(url, name, id string) *http.Request {
	body := fmt.Sprintf(`{"subscription":"projects/p/subscriptions/s","message":{"messageId":"1","data":"W10=","attributes":
		{"ce-specversion":"1.0","ce-type":"dev.cloudfunctions.dispatch.call.v1","ce-source":"test","ce-id":%q,"ce-subject":%q}}}`, id, name)
	r, err := http.NewRequest(http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		panic(err) // the URL is ours
	}
	r.Header.Set("Content-Type", "application/json")
	return r
}

// do sends r and returns the status and the body of the answer.
func do(c *http.Client, r *http.Request) (string, error) {
	resp, err := c.Do(r)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return fmt.Sprint(resp.StatusCode, " ", string(b)), err
}

// A server runs Serve on the loopback interface.
type server struct {
	url    string
	client *http.Client
	stop   context.CancelFunc
	served chan error
}

func serve(t *testing.T) *server {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	s := &server{
		url:    "http://" + l.Addr().String(),
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}},
		stop:   stop,
		served: make(chan error, 1),
	}
	go func() { s.served <- push.Serve(ctx, l) }()
	t.Cleanup(func() {
		stop()
		s.client.CloseIdleConnections()
	})
	return s
}

// 10,048 calls over 64 connections are all answered, and run once each.
func TestServe(t *testing.T) {
	t.Parallel()
	s := serve(t)
	const connections, each = 64, 157
	prefix := t.Name() + rand.Text() // for -count
	var wg sync.WaitGroup
	for i := range connections {
		wg.Go(func() {
			for j := range each {
				shape := event
				if j%2 == 0 {
					shape = wrapped
				}
				if got, err := do(s.client, shape(s.url, "count", fmt.Sprintf("%s-%d-%d", prefix, i, j))); got != "204 " || err != nil {
					t.Errorf("call %d of connection %d: answered %q, error %v; want 204", j, i, got, err)
				}
			}
		})
	}
	wg.Wait()
	if calls, n := runs(prefix); calls != connections*each || n != calls {
		t.Errorf("%d different calls ran, %d in all; want %d, each once", calls, n, connections*each)
	}
	s.stop()
	if err := <-s.served; err != nil {
		t.Errorf("Serve = %v, want nil", err)
	}
}

// A call that is running when Serve is told to stop is finished and answered.
func TestServe_finishes(t *testing.T) {
	t.Parallel()
	s := serve(t)
	g := newGate(t)
	answered := make(chan string, 1)
	go func() {
		got, err := do(s.client, event(s.url, "hold", t.Name()))
		answered <- fmt.Sprint(got, err)
	}()
	<-g.arrived
	s.stop()
	// Until then, other calls are refused, and health checks answer that it shuts down.
	for {
		got, err := do(s.client, event(s.url, "count", "late"))
		if err != nil {
			t.Fatalf("a call while another ends: %v, want an answer", err)
		}
		if strings.HasPrefix(got, "503 ") {
			break
		}
	}
	for method, want := range map[string]string{http.MethodGet: "503 shutting down\n", http.MethodHead: "503 "} {
		r, err := http.NewRequest(method, s.url+"/health", nil)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := do(s.client, r); err != nil || got != want {
			t.Errorf("%s /health while a call ends: %q, %v; want %q", method, got, err, want)
		}
	}
	select {
	case err := <-s.served:
		t.Errorf("Serve = %v while a call runs, want it to wait", err)
	default:
	}
	close(g.open)
	if got := <-answered; got != "204 <nil>" {
		t.Errorf("the running call was answered %q, want 204", got)
	}
	if err := <-s.served; err != nil {
		t.Errorf("Serve = %v, want nil", err)
	}
}

func TestServe_tooLarge(t *testing.T) {
	t.Parallel()
	s := serve(t)
	r := event(s.url, "count", t.Name())
	r.Body, r.ContentLength = io.NopCloser(io.LimitReader(spaces{}, 17<<20)), 17<<20
	if got, err := do(s.client, r); err != nil || !strings.HasPrefix(got, "413 dispatch: read request: the body has more than 16777216 bytes") {
		t.Errorf("a body of 17 MiB: answered %q, error %v, want 413", got, err)
	}
	s.stop()
	<-s.served
}

type spaces struct{}

func (spaces) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

func TestRun_portInUse(t *testing.T) {
	l, err := net.Listen("tcp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	t.Setenv("PORT", port)
	err = push.Run(t.Context())
	if err == nil || !strings.HasPrefix(err.Error(), "dispatch: serve pushes: ") || !strings.HasSuffix(err.Error(), "(set PORT to a free port)") {
		t.Errorf("Run = %v, want an error that names PORT", err)
	}
}

// A pipeListener accepts connections that are pipes. Their deadlines follow the clock of
// the test's bubble.
type pipeListener struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newPipeListener() *pipeListener {
	return &pipeListener{conns: make(chan net.Conn), closed: make(chan struct{})}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l *pipeListener) Addr() net.Addr { return &net.TCPAddr{} }

func (l *pipeListener) dial() net.Conn {
	client, server := net.Pipe()
	l.conns <- server
	return client
}

const head = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nCe-Specversion: 1.0\r\nCe-Type: dev.cloudfunctions.dispatch.call.v1\r\nCe-Source: s\r\n"

// A sender that stops in the middle loses its connection.
func TestServe_timeouts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		sent string
		want time.Duration
	}{
		"in the header": {"POST / HTTP/1.1\r\nHost: x\r\n", 5 * time.Second},
		"in the body":   {head + "Ce-Id: i\r\nCe-Subject: count\r\n\r\n[", time.Minute},
		// The body may exceed its room, so others may wait for it.
		"in a large body": {strings.Replace(head, "Length: 2", "Length: 15000000", 1) + "Ce-Id: i\r\nCe-Subject: count\r\n\r\n[" + strings.Repeat(" ", 5<<20), 2 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newPipeListener()
				ctx, stop := context.WithCancel(t.Context())
				served := make(chan error, 1)
				go func() { served <- push.Serve(ctx, l) }()
				conn := l.dial()
				start := time.Now()
				if _, err := io.WriteString(conn, c.sent); err != nil {
					t.Fatal(err)
				}
				_, _ = io.Copy(io.Discard, conn) // until the server closes the connection
				// Before it closes, the server waits half a second for data in transit.
				if got := time.Since(start); got < c.want || got > c.want+time.Second {
					t.Errorf("the server closed the connection after %v, want %v", got, c.want)
				}
				stop()
				if err := <-served; err != nil {
					t.Errorf("Serve = %v, want nil", err)
				}
			})
		})
	}
}

// Serve does not wait for a request with an incomplete body.
func TestServe_stalledSender(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newPipeListener()
		ctx, stop := context.WithCancel(t.Context())
		served := make(chan error, 1)
		go func() { served <- push.Serve(ctx, l) }()
		conn := l.dial()
		go io.WriteString(conn, head+"Ce-Id: "+t.Name()+"\r\nCe-Subject: count\r\n\r\n[")
		synctest.Wait()
		start := time.Now()
		stop()
		if err := <-served; err != nil || time.Since(start) > 0 {
			t.Errorf("Serve = %v after %v, want nil at once", err, time.Since(start))
		}
		_, _ = io.Copy(io.Discard, conn)
	})
}

// Serve does not wait for calls longer than the grace period, and returns an error.
func TestServe_grace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGate(t)
		l := newPipeListener()
		ctx, stop := context.WithCancel(t.Context())
		served := make(chan error, 1)
		go func() { served <- push.Serve(ctx, l) }()
		conn := l.dial()
		go io.WriteString(conn, head+"Ce-Id: "+t.Name()+"\r\nCe-Subject: hold\r\n\r\n[]")
		<-g.arrived
		start := time.Now()
		stop()
		err := <-served
		if got := time.Since(start); got < 10*time.Second || got > 11*time.Second {
			t.Errorf("Serve ended after %v, want 10s", got)
		}
		if err == nil || !strings.Contains(err.Error(), "dispatch: stop serving pushes: calls were still running after 10s (they will be delivered again)") {
			t.Errorf("Serve = %v, want an error that says that calls were still running", err)
		}
		_, _ = io.Copy(io.Discard, conn)
	})
}

// The size of headers is limited, because they are in memory before their sender is
// authenticated.
func TestServe_headers(t *testing.T) {
	t.Parallel()
	s := serve(t)
	r := event(s.url, "count", t.Name())
	r.Header.Set("Ce-Extra", strings.Repeat("x", 40<<10))
	if got, err := do(s.client, r); got != "204 " || err != nil {
		t.Errorf("answered %q, %v to 40 KiB of headers; want 204", got, err)
	}
	r.Header.Set("Ce-Extra", strings.Repeat("x", 100<<10))
	if got, err := do(s.client, r); err == nil && !strings.HasPrefix(got, "431 ") {
		t.Errorf("answered %q, %v to 100 KiB of headers; want 431", got, err)
	}
}

// Serve closes the listener even if it does not serve.
func TestServe_invalidOption(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := push.Serve(t.Context(), l, entrypoint.Timeout(0)); err == nil || !strings.Contains(err.Error(), "dispatch: serve pushes: the option entrypoint.Timeout is 0s") {
		t.Errorf("Serve = %v, want an error about the option", err)
	}
	if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Accept = %v, want %v", err, net.ErrClosed)
	}
}
