package gcppubsub

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"cloud.google.com/go/pubsub/v2"
	"github.com/googleapis/gax-go/v2"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// A retryer is the client's own, and keeps the last error, which the client does
// not tell once the context ends.
type retryer struct {
	gax.Retryer
	keep func(error)
}

// retrying returns the option that has a call retried as opts say, with what it is
// retried for given to keep.
func retrying(opts []gax.CallOption, keep func(error)) gax.CallOption {
	var settings gax.CallSettings
	for _, o := range opts {
		o.Resolve(&settings)
	}
	return gax.WithRetry(func() gax.Retryer { return &retryer{settings.Retry(), keep} })
}

func (r *retryer) Retry(err error) (pause time.Duration, again bool) {
	if code := status.Code(err); code != codes.DeadlineExceeded && code != codes.Canceled { // which say nothing
		r.keep(err)
	}
	return r.Retryer.Retry(err)
}

// A memory has the last error for which bundles were sent again.
type memory struct {
	mu  sync.Mutex
	err error
	at  time.Time
}

func (m *memory) keep(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.err, m.at = err, time.Now()
}

// since returns the error if it is not older than t.
func (m *memory) since(t time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.at.Before(t) {
		return nil
	}
	return m.err
}

// listen returns a client that is client, and gives m what it sends bundles again
// for.
func (m *memory) listen(client *pubsub.Client) *pubsub.Client {
	c, admin, options := *client, *client.TopicAdminClient, *client.TopicAdminClient.CallOptions
	options.Publish = append(slices.Clip(options.Publish), retrying(options.Publish, m.keep))
	admin.CallOptions, c.TopicAdminClient = &options, &admin
	return &c
}

// because adds to the end of a context what it was waited for.
func because(ctx context.Context, err, last error) error {
	switch code := status.Code(err); {
	case err == nil || last == nil:
	case ctx.Err() != nil:
		return fmt.Errorf("%w, after %w", ctx.Err(), last)
	case errors.Is(err, context.DeadlineExceeded) || code == codes.DeadlineExceeded: // the client's own
		return fmt.Errorf("%w, after %w", context.DeadlineExceeded, last)
	}
	return err
}
