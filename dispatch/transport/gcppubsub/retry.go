package gcppubsub

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/googleapis/gax-go/v2"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// A retryer is the client's retryer, which also records each retried error. The client
// itself does not report that error when the context ends.
type retryer struct {
	gax.Retryer
	record func(error)
}

// recordRetries returns an option that retries a call as opts say, and passes each
// retried error to record.
func recordRetries(opts []gax.CallOption, record func(error)) gax.CallOption {
	var settings gax.CallSettings
	for _, o := range opts {
		o.Resolve(&settings)
	}
	return gax.WithRetry(func() gax.Retryer { return &retryer{settings.Retry(), record} })
}

func (r *retryer) Retry(err error) (pause time.Duration, again bool) {
	if code := status.Code(err); code != codes.DeadlineExceeded && code != codes.Canceled { // these do not tell the cause
		r.record(err)
	}
	return r.Retryer.Retry(err)
}

// A retryLog holds the last error for which the client retried a request of Enqueue.
type retryLog struct {
	mu  sync.Mutex
	err error
	at  time.Time
}

func (m *retryLog) record(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.err, m.at = err, time.Now()
}

// since returns the error if it was recorded at t or later, and nil otherwise.
func (m *retryLog) since(t time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.at.Before(t) {
		return nil
	}
	return m.err
}

// withCause adds last, the last retried error, to err if err is the end of a context.
func withCause(ctx context.Context, err, last error) error {
	switch code := status.Code(err); {
	case err == nil || last == nil:
	case ctx.Err() != nil:
		return fmt.Errorf("%w, after %w", ctx.Err(), last)
	case errors.Is(err, context.DeadlineExceeded) || code == codes.DeadlineExceeded: // the client's own timeout
		return fmt.Errorf("%w, after %w", context.DeadlineExceeded, last)
	}
	return err
}
