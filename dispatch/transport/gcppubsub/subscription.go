package gcppubsub

import (
	"context"
	"time"

	"cloud.google.com/go/pubsub/v2"
	"google.golang.org/grpc/codes"

	"github.com/cloud-functions-dispatch/go/dispatch/transport"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/internal/rpcerror"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/internal/service"
)

const (
	// maxLease is how long a message may be processed. After that it is delivered to
	// another worker too.
	maxLease = 24 * time.Hour

	// defaultLease is the duration of a lease. The messages of a killed process are
	// delivered again after at most this time.
	defaultLease = 30 * time.Second

	// maxHeldBytes limits the messages in memory, by the size of their data.
	maxHeldBytes = 32 << 20
)

// Subscription receives messages from one Pub/Sub subscription by StreamingPull.
// [NewSubscription] makes one.
type Subscription struct {
	client *pubsub.Client
	name   string
	owned  bool // Close closes the client
	lease  time.Duration
}

var _ transport.Subscription = (*Subscription)(nil)

// NewSubscription returns the subscription with the given name, which has the form
// projects/P/subscriptions/S. Close does not close the client.
func NewSubscription(client *pubsub.Client, name string) *Subscription {
	return &Subscription{client: client, name: name, lease: defaultLease}
}

// Receive extends the lease of a message while its handler runs, for up to 24 hours. Do
// not call it again before it has returned. If ctx ends while the queue cannot be
// reached, the client may keep trying to reach it until the client is closed.
func (s *Subscription) Receive(ctx context.Context, concurrency int, h transport.Handler) error {
	sub := s.client.Subscriber(s.name)
	sub.ReceiveSettings.MaxExtension = maxLease
	sub.ReceiveSettings.MaxDurationPerAckExtension = s.lease
	sub.ReceiveSettings.MaxOutstandingMessages = concurrency
	sub.ReceiveSettings.MaxOutstandingBytes = maxHeldBytes
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
	_ = handlers.Close(func() error { return nil }) // waits for the running handlers
	select {
	case err := <-received:
		return s.explain(err)
	case <-time.After(ackGrace): // the client still tries to reach the queue
		return nil
	}
}

// ackGrace is how long the client may take, after the last handler has returned, to
// send the last acknowledgements.
const ackGrace = 3 * time.Second

// deliveryOf returns m as a delivery.
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
	codes.NotFound:         "the subscription does not exist (create it with gcloud pubsub subscriptions create, or correct DISPATCH_SUBSCRIPTION)",
	codes.PermissionDenied: "permission denied (grant roles/pubsub.subscriber on the subscription)",
}

func (s *Subscription) explain(err error) error {
	return rpcerror.Explain("receive from "+s.name, err, subscriptionCures)
}
