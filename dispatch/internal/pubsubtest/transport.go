package pubsubtest

import (
	"context"
	"testing"

	"cloud.google.com/go/pubsub/v2"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"

	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

// SendMethods are the two ways to send a message. Each returns the result.
var SendMethods = map[string]func(context.Context, transport.Transport, *transport.Message) error{
	"publish": func(ctx context.Context, tr transport.Transport, m *transport.Message) error {
		return tr.Publish(ctx, m)
	},
	"enqueue": func(ctx context.Context, tr transport.Transport, m *transport.Message) error {
		wait, err := tr.Enqueue(ctx, m)
		if err != nil {
			return err
		}
		tr.Flush(ctx)
		return wait(ctx)
	},
}

// CreateSubscription creates a topic and a subscription with the given ID, and returns the
// name of the subscription.
func CreateSubscription(t *testing.T, client *pubsub.Client, id string) string {
	t.Helper()
	topic, sub := "projects/proj/topics/"+id, "projects/proj/subscriptions/"+id
	if _, err := client.TopicAdminClient.CreateTopic(t.Context(), &pubsubpb.Topic{Name: topic}); err != nil {
		t.Fatal(err)
	}
	if _, err := client.SubscriptionAdminClient.CreateSubscription(t.Context(), &pubsubpb.Subscription{
		Name: sub, Topic: topic, EnableMessageOrdering: true,
	}); err != nil {
		t.Fatal(err)
	}
	return sub
}

// Receive passes the messages of s to h until the test ends.
func Receive(t *testing.T, s transport.Subscription, h transport.Handler) {
	ctx, cancel := context.WithCancel(context.Background())
	received := make(chan error, 1)
	go func() { received <- s.Receive(ctx, 100, h) }()
	t.Cleanup(func() {
		cancel()
		if err := <-received; err != nil {
			t.Errorf("Receive() = %v, want nil", err)
		}
	})
}
