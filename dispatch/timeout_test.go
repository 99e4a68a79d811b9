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

// A silent transport accepts the first messages, and answers for no other.
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

// A call does not wait for a queue that does not answer for longer than the client's
// timeout, or than its context.
func TestPublishTimeout(t *testing.T) {
	t.Parallel()
	const cure = "(the queue did not answer within "
	for name, c := range map[string]struct {
		opts  []dispatch.ClientOption
		limit time.Duration // of the context
		want  time.Duration
		text  string
	}{
		"the default":  {nil, time.Hour, 10 * time.Second, cure + "10s"},
		"zero":         {[]dispatch.ClientOption{dispatch.PublishTimeout(0)}, time.Hour, 10 * time.Second, cure + "10s"},
		"given":        {[]dispatch.ClientOption{dispatch.PublishTimeout(time.Minute)}, time.Hour, time.Minute, cure + "1m0s"},
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

// A batch waits as long as calls are accepted, and names all that are not.
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
