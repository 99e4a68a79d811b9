package gcppubsub

import (
	"context"
	"time"

	"cloud.google.com/go/pubsub/v2"
	"google.golang.org/grpc/codes"

	"github.com/cloud-functions-dispatch/go/dispatch/transport"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/internal/service"
)

const (
	// maxLease is how long a message may be in work before it is delivered to
	// somebody else as well.
	maxLease = 24 * time.Hour

	// leaseStep is how long a lease is extended at a time, and so how long the
	// messages of a process that was killed have to wait.
	leaseStep = 30 * time.Second

	// maxHeld bounds the messages in memory, in bytes of their data.
	maxHeld = 32 << 20
)

// Subscription receives from one subscription by StreamingPull.
// [NewSubscription] makes one.
type Subscription struct {
	client *pubsub.Client
	name   string
	owned  bool // client is closed with it
}

var _ transport.Subscription = (*Subscription)(nil)

// NewSubscription returns the subscription of the given name, whose form is
// projects/P/subscriptions/S. Close does not close the client.
func NewSubscription(client *pubsub.Client, name string) *Subscription {
	return &Subscription{client: client, name: name}
}

// Receive extends the lease of a message while its handler runs, for up to 24
// hours. It may be called once at a time. If ctx ends while the queue cannot be
// reached, what the client does for it ends with the client.
func (s *Subscription) Receive(ctx context.Context, concurrency int, h transport.Handler) error {
	sub := s.client.Subscriber(s.name)
	sub.ReceiveSettings.MaxExtension = maxLease
	sub.ReceiveSettings.MaxDurationPerAckExtension = leaseStep
	sub.ReceiveSettings.MaxOutstandingMessages = concurrency
	sub.ReceiveSettings.MaxOutstandingBytes = maxHeld
	var handlers service.Life[*Subscription]
	received := make(chan error, 1)
	go func() {
		received <- sub.Receive(ctx, func(ctx context.Context, m *pubsub.Message) {
			if handlers.Begin() != nil {
				m.Nack()
				return
			}
			defer handlers.End()
			if h(context.WithoutCancel(ctx), deliveryOf(m)) != nil {
				m.Nack()
				return
			}
			m.Ack()
		})
	}()
	select {
	case err := <-received:
		return s.explain(err)
	case <-ctx.Done():
	}
	_ = handlers.Close(func() error { return nil }) // when those that run have ended
	select {
	case err := <-received:
		return s.explain(err)
	case <-time.After(farewell): // the queue cannot be reached, and the client does not end
		return nil
	}
}

// farewell is how long the client may take, when no handler runs any more, to tell
// the queue what became of the last messages.
const farewell = 3 * time.Second

func deliveryOf(m *pubsub.Message) *transport.Delivery {
	d := &transport.Delivery{
		Message:   transport.Message{Data: m.Data, Attributes: m.Attributes, OrderingKey: m.OrderingKey},
		Published: m.PublishTime,
	}
	if m.DeliveryAttempt != nil {
		d.Attempt = *m.DeliveryAttempt
	}
	return d
}

// Close closes the client if the subscription was opened by URL.
func (s *Subscription) Close() error {
	if s.owned {
		return s.client.Close()
	}
	return nil
}

var subscriptionCures = map[codes.Code]string{
	codes.NotFound:         "it does not exist (create it with gcloud pubsub subscriptions create, or correct DISPATCH_SUBSCRIPTION)",
	codes.PermissionDenied: "permission denied (grant roles/pubsub.subscriber on the subscription)",
}

func (s *Subscription) explain(err error) error {
	return service.Explain("receive from "+s.name, err, subscriptionCures)
}
