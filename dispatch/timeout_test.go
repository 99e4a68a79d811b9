package dispatch_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

// A silent transport accepts the first messages, and never answers for the others.
type silent struct {
	faulty
	answers int
}

func (s *silent) wait(ctx context.Context) error {
	if s.answers--; s.answers >= 0 {
		return nil
	}
	<-ctx.Done()
	return ctx.Err()
}

func (s *silent) Publish(ctx context.Context, _ *transport.Message) error { return s.wait(ctx) }

func (s *silent) Enqueue(context.Context, *transport.Message) (func(context.Context) error, error) {
	return s.wait, nil
}

func (s *silent) Flush(ctx context.Context) { <-ctx.Done() }

// If the queue does not answer, a call ends with the client's timeout or with its
// context.
func TestPublishTimeout(t *testing.T) {
	t.Parallel()
	const remedy = "(the queue did not answer within "
	for name, c := range map[string]struct {
		opts  []dispatch.ClientOption
		limit time.Duration // of the context
		want  time.Duration
		text  string
	}{
		"the default":  {nil, time.Hour, 10 * time.Second, remedy + "10s"},
		"given":        {[]dispatch.ClientOption{dispatch.PublishTimeout(time.Minute)}, time.Hour, time.Minute, remedy + "1m0s"},
		"by a context": {nil, time.Second, time.Second, "context deadline exceeded"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), c.limit)
				defer cancel()
				ctx = dispatch.WithClient(ctx, dispatch.New(new(silent), c.opts...))
				start := time.Now()
				err := sumF.Call(ctx, t.Name(), 1)
				if took := time.Since(start); took != c.want || !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), c.text) {
					t.Errorf("Call = %v after %v, want %q after %v", err, took, c.text, c.want)
				}
			})
		})
	}
}

// A batch waits as long as the queue accepts calls, and names all calls that it did not
// accept.
func TestPublishTimeout_batch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx := dispatch.WithClient(t.Context(), dispatch.New(&silent{answers: 3}))
		start := time.Now()
		err := dispatch.Batch(ctx, func(ctx context.Context) error {
			for i := range 100 {
				if err := sumF.Call(ctx, t.Name(), i); err != nil {
					return err
				}
			}
			return nil
		})
		if took := time.Since(start); took > 20*time.Second || !errors.Is(err, context.DeadlineExceeded) || strings.Count(err.Error(), " with ID ") != 97 {
			t.Errorf("Batch = %.1000v after %v, want the IDs of 97 calls after 20s at most", err, took)
		}
	})
}

// A call in a batch does not wait forever for room in the transport.
func TestPublishTimeout_enqueue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx := dispatch.WithClient(t.Context(), dispatch.New(new(full)))
		start := time.Now()
		err := dispatch.Batch(ctx, func(ctx context.Context) error { return sumF.Call(ctx, t.Name(), 1) })
		if took := time.Since(start); took != 10*time.Second || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Batch = %v after %v, want it to end after 10s", err, took)
		}
	})
}

// A full transport never has room for a message.
type full struct{ faulty }

func (*full) Enqueue(ctx context.Context, _ *transport.Message) (func(context.Context) error, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// If the queue does not answer for one call, Batch still returns the errors of the
// calls that it refused.
func TestPublishTimeout_mixed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx := dispatch.WithClient(t.Context(), dispatch.New(new(mixed)))
		err := dispatch.Batch(ctx, func(ctx context.Context) error {
			for i := range 4 {
				if err := sumF.Call(ctx, t.Name(), i); err != nil {
					return err
				}
			}
			return nil
		})
		if n := strings.Count(err.Error(), errRefused.Error()); n != 2 || strings.Count(err.Error(), " with ID ") != 4 {
			t.Errorf("Batch = %v, want 4 errors, of which two are %v", err, errRefused)
		}
	})
}

// A mixed transport refuses every second message, and never answers for the others.
type mixed struct {
	faulty
	n int
}

func (m *mixed) Enqueue(context.Context, *transport.Message) (func(context.Context) error, error) {
	m.n++
	refuses := m.n%2 == 0
	return func(ctx context.Context) error {
		if refuses {
			return errRefused
		}
		<-ctx.Done()
		return ctx.Err()
	}, nil
}
