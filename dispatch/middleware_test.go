package dispatch_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/mem"
)

// publishing returns the option for a middleware that publishes with p.
func publishing(p func(ctx context.Context, m *transport.Message, next transport.Publisher) error) dispatch.ClientOption {
	return dispatch.Publishing(func(next transport.Publisher) transport.Publisher {
		return func(ctx context.Context, m *transport.Message) error { return p(ctx, m, next) }
	})
}

// Middleware sees each call once, alone and in a batch, and the first is the outermost.
// The execution of the call sees its changes of the message.
func TestPublishing(t *testing.T) {
	t.Parallel()
	var saw []string
	layer := func(name string) dispatch.ClientOption {
		return publishing(func(ctx context.Context, m *transport.Message, next transport.Publisher) error {
			saw = append(saw, name)
			m.Attributes["seen"] += name
			return next(ctx, m)
		})
	}
	var got []string
	q := mem.New(mem.Concurrency(1))
	c := dispatch.New(q, layer("a"), layer("b"), dispatch.Local(entrypoint.Executing(func(next transport.Handler) transport.Handler {
		return func(ctx context.Context, d *transport.Delivery) error {
			got = append(got, d.Attributes["seen"])
			return next(ctx, d)
		}
	})))
	ctx := dispatch.WithClient(t.Context(), c)
	if err := newerF.Call(ctx, t.Name()); err != nil {
		t.Error(err)
	}
	if err := dispatch.Batch(ctx, func(ctx context.Context) error { return newerF.Call(ctx, t.Name()) }); err != nil {
		t.Error(err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if want := []string{"a", "b", "a", "b"}; !slices.Equal(saw, want) {
		t.Errorf("the middleware saw %q, want %q", saw, want)
	}
	if want := []string{"ab", "ab"}; !slices.Equal(got, want) || len(recorded.of(t.Name())) != 2 {
		t.Errorf("executed %d with %q, want %q", len(recorded.of(t.Name())), got, want)
	}
}

func TestPublishing_refuses(t *testing.T) {
	t.Parallel()
	errNo := errors.New("not today")
	for name, c := range map[string]struct {
		option dispatch.ClientOption
		want   string
	}{
		"an error": {publishing(func(context.Context, *transport.Message, transport.Publisher) error { return errNo }), "not today"},
		"a lost context": {publishing(func(_ context.Context, m *transport.Message, next transport.Publisher) error {
			return next(context.Background(), m)
		}), "a middleware called next without the context of the call (derive the context that you pass to next from the one you received)"},
	} {
		client := dispatch.New(mem.New(), c.option)
		ctx := dispatch.WithClient(t.Context(), client)
		want := "dispatch: call github.com/cloud-functions-dispatch/go/dispatch_test.newer: " + c.want
		for _, err := range []error{
			newerF.Call(ctx, t.Name()),
			dispatch.Batch(ctx, func(ctx context.Context) error { return newerF.Call(ctx, t.Name()) }),
		} {
			if err == nil || err.Error() != want {
				t.Errorf("%s: Call = %v, want %v", name, err, want)
			}
		}
		if err := client.Close(); err != nil {
			t.Error(err)
		}
	}
	if n := len(recorded.of(t.Name())); n > 0 {
		t.Errorf("executed %d calls that were refused", n)
	}
}

func TestOpen(t *testing.T) {
	seen := 0
	count := publishing(func(ctx context.Context, m *transport.Message, next transport.Publisher) error {
		seen++
		return next(ctx, m)
	})
	for _, url := range []string{"mem://", ""} {
		t.Setenv("DISPATCH_URL", "mem://")
		c, err := dispatch.Open(t.Context(), url, count)
		if err != nil {
			t.Fatal(err)
		}
		if err := newerF.Call(dispatch.WithClient(t.Context(), c), t.Name()); err != nil {
			t.Error(err)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
	if n := len(recorded.of(t.Name())); n != 2 || seen != 2 {
		t.Errorf("executed %d, and the middleware saw %d; want 2", n, seen)
	}

	t.Setenv("DISPATCH_URL", "")
	for url, want := range map[string]string{
		"":                        "dispatch: open DISPATCH_URL: it is not set, and there is no client",
		"nowhere://user:pw@x/y?z": `dispatch: open the URL: no known transport has the scheme "nowhere"`,
	} {
		if _, err := dispatch.Open(t.Context(), url); err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "pw") {
			t.Errorf("Open(%q) = %v, want %s", url, err, want)
		}
	}
}
