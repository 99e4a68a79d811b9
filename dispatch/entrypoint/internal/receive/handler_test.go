package receive_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/cloud-functions-dispatch/go/dispatch/deadletter"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/internal/receive"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/executor"
)

// holdRequest returns a request with a call of hold that waits at the gate of this name.
func holdRequest(t *testing.T, name string) *http.Request {
	t.Helper()
	d := deliveryOf(t, func(ctx context.Context) error { return hold.Call(ctx, name) })
	return request("POST", pushBody(t, d), binary...)
}

func TestDrain(t *testing.T) {
	t.Parallel()
	h := newHandler()
	g := newGate(t.Name())
	answered := make(chan *httptest.ResponseRecorder, 1)
	go func() {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, holdRequest(t, t.Name()))
		answered <- w
	}()
	<-g.arrived
	drained := make(chan struct{})
	go func() {
		h.Drain()
		close(drained)
	}()
	late := deliveryOf(t, func(ctx context.Context) error { return run.Call(ctx, secret, "") })
	// Calls are executed until Drain has started. Then the next one is refused.
	var w *httptest.ResponseRecorder
	for {
		ran.Delete(late.Attributes["ce-id"])
		w = httptest.NewRecorder()
		h.ServeHTTP(w, request("POST", pushBody(t, late), binary...))
		if w.Code != 204 {
			break
		}
	}
	const want = "dispatch: the callee is shutting down (deliver the call again)\n"
	if w.Code != 503 || w.Header().Get(receive.OutcomeHeader) != "retry" || w.Body.String() != want {
		t.Errorf("while draining: got %d %q %q, want 503 retry %q", w.Code, w.Header().Get(receive.OutcomeHeader), w.Body, want)
	}
	if _, ok := ran.Load(late.Attributes["ce-id"]); ok {
		t.Error("a refused call ran, want it left for another callee")
	}
	select {
	case <-drained:
		t.Error("Drain returned while a call ran, want it to wait")
	default:
	}
	close(g.open)
	if w := <-answered; w.Code != 204 {
		t.Errorf("the running call: got status %d, want 204", w.Code)
	}
	<-drained
}

// A slowWriter is a connection with a peer that reads the answer slowly.
type slowWriter struct {
	http.ResponseWriter
	flushing, flushed chan struct{}
}

func (w *slowWriter) Flush() {
	close(w.flushing)
	<-w.flushed
}

// Drain waits until the answer is flushed, and not just until the function has returned.
// Otherwise the process could exit before the answer is sent.
func TestDrain_waitsForAnswer(t *testing.T) {
	t.Parallel()
	h := newHandler()
	d := deliveryOf(t, func(ctx context.Context) error { return run.Call(ctx, secret, "") })
	w := &slowWriter{httptest.NewRecorder(), make(chan struct{}), make(chan struct{})}
	served := make(chan struct{})
	go func() {
		defer close(served)
		h.ServeHTTP(w, request("POST", pushBody(t, d), binary...))
	}()
	<-w.flushing
	drained := make(chan struct{})
	go func() {
		h.Drain()
		close(drained)
	}()
	for {
		probe := httptest.NewRecorder()
		h.ServeHTTP(probe, request("POST", pushBody(t, d), binary...))
		if probe.Code == 503 {
			break // Drain has started
		}
	}
	select {
	case <-drained:
		t.Error("Drain returned before the answer was flushed, want it to wait")
	default:
	}
	close(w.flushed)
	<-drained
	<-served
}

// TestAnswer: an answer is one line of text, without details of the callee's machine. The
// log has the details.
func TestAnswer(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	sink := deadletter.Func(func(context.Context, *deadletter.Letter) error { return errors.New("open /var/letters: no space left") })
	h := receive.NewHandler(executor.Must(executor.New(entrypoint.Logger(slog.New(slog.NewTextHandler(&log, nil))), entrypoint.DeadLetters(sink))))
	d := deliveryOf(t, func(ctx context.Context) error { return run.Call(ctx, secret, "multiline") })
	w := httptest.NewRecorder()
	h.ServeHTTP(w, request("POST", pushBody(t, d), binary...))
	want := "dispatch: execute " + run.Name() + `: <b>\n\x1b[31mé\x00; and storing it in the dead-letter sink failed` + "\n"
	if w.Code != 422 || w.Body.String() != want || w.Header().Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("answered %d %q with %v, want 422 %q, and nosniff", w.Code, w.Body, w.Header(), want)
	}
	if !strings.Contains(log.String(), "/var/letters: no space left") {
		t.Errorf("logged %s, want the sink's error", &log)
	}
}

// A brokenBody is the body of a sender that disconnects early.
type brokenBody struct{ io.Reader }

func (b brokenBody) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

func TestBrokenBody(t *testing.T) {
	t.Parallel()
	d := deliveryOf(t, func(ctx context.Context) error { return run.Call(ctx, secret, "") })
	r := request("POST", "", binary...)
	r.Body = io.NopCloser(brokenBody{strings.NewReader(pushBody(t, d))})
	w := httptest.NewRecorder()
	newHandler().ServeHTTP(w, r)
	if want := "dispatch: read request: the body is incomplete\n"; w.Code != 400 || w.Body.String() != want {
		t.Errorf("answered %d %q, want 400 %q", w.Code, w.Body, want)
	}
	if _, ok := ran.Load(d.Attributes["ce-id"]); ok {
		t.Error("the call ran although its message was incomplete")
	}
}

// GET /health needs no authentication. It is answered 200, and 503 after Drain.
func TestHealth(t *testing.T) {
	t.Parallel()
	h := receive.NewHandler(executor.Must(receive.NewExecutor(entrypoint.Authenticate(func(context.Context, string) error { return errors.New("nobody") }))))
	ask := func() int {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/health", nil))
		return w.Code
	}
	if got := ask(); got != http.StatusOK {
		t.Errorf("GET /health = %d, want 200", got)
	}
	h.Drain()
	if got := ask(); got != http.StatusServiceUnavailable {
		t.Errorf("GET /health while it shuts down = %d, want 503", got)
	}
}
