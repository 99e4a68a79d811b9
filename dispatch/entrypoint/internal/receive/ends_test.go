package receive_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/internal/receive"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/executor"
)

var fails = dispatch.Register(failBadly)

// A rudeError has the methods As and Answer, which panic or tell too much.
type rudeError struct{ how string }

func (rudeError) Error() string { return "rude" }

func (e rudeError) As(any) bool {
	if e.how == "As" {
		panic("s3cret")
	}
	return false
}

func (e rudeError) Answer() string {
	if e.how == "Answer" {
		panic("s3cret")
	}
	return "s3cret"
}

func failBadly(_ context.Context, how string) error {
	if how == "goexit" {
		runtime.Goexit()
	}
	return rudeError{how}
}

// TestEnds: a request is answered even if a function or an observer ends its goroutine. A
// connection that ends with the goroutine is announced as closed.
func TestEnds(t *testing.T) {
	t.Parallel()
	quiet := entrypoint.Logger(slog.New(slog.DiscardHandler))
	ends := entrypoint.Observe(func(context.Context, entrypoint.Result) { runtime.Goexit() })
	for name, c := range map[string]struct {
		call   func(context.Context) error
		opts   []entrypoint.Option
		status int
		closed bool
	}{
		"an error whose As panics":      {func(ctx context.Context) error { return fails.Call(ctx, "As") }, nil, 500, false},
		"an error whose Answer panics":  {func(ctx context.Context) error { return fails.Call(ctx, "Answer") }, nil, 500, false},
		"an error with another Answer":  {func(ctx context.Context) error { return fails.Call(ctx, "") }, nil, 500, false},
		"Goexit":                        {func(ctx context.Context) error { return fails.Call(ctx, "goexit") }, nil, 500, true},
		"Goexit of an observer":         {func(ctx context.Context) error { return fails.Call(ctx, "") }, []entrypoint.Option{ends}, 500, false},
		"Goexit of an observer, though": {func(ctx context.Context) error { return run.Call(ctx, secret, "") }, []entrypoint.Option{ends}, 204, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := receive.NewHandler(executor.Must(executor.New(append(c.opts, quiet)...)))
			s := httptest.NewServer(h)
			defer s.Close()
			r := request("POST", pushBody(t, deliveryOf(t, c.call)), binary...)
			out, err := http.NewRequest(http.MethodPost, s.URL, r.Body)
			if err != nil {
				t.Fatal(err)
			}
			out.Header = r.Header
			resp, err := s.Client().Do(out)
			if err != nil {
				t.Fatalf("no answer: %v", err)
			}
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			if err != nil {
				t.Fatal(err)
			}
			if resp.StatusCode != c.status || c.closed && !resp.Close || strings.Contains(string(body), "s3cret") {
				t.Errorf("answered %d %q, closed: %v; want %d", resp.StatusCode, body, resp.Close, c.status)
			}
			h.Drain() // returns, because all requests were answered
		})
	}
}

// If an observer ends its goroutine, Execute still returns.
func TestEnds_execute(t *testing.T) {
	t.Parallel()
	e := executor.Must(executor.New(entrypoint.Logger(slog.New(slog.DiscardHandler)), entrypoint.Observe(func(context.Context, entrypoint.Result) { runtime.Goexit() })))
	if r := e.Execute(t.Context(), deliveryOf(t, func(ctx context.Context) error { return run.Call(ctx, secret, "") })); r.Outcome != entrypoint.Executed {
		t.Errorf("Execute = %v, %v, want executed", r.Outcome, r.Err)
	}
	if r := e.Execute(t.Context(), deliveryOf(t, func(ctx context.Context) error { return run.Call(ctx, secret, "error") })); r.Outcome != entrypoint.Retry || errors.Unwrap(r.Err) == nil {
		t.Errorf("Execute = %v, %v, want retry", r.Outcome, r.Err)
	}
}
