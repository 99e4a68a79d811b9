package pubsubrest_test

import (
	"context"
	"crypto/rand"
	"strings"
	"testing"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"

	"github.com/cloud-functions-dispatch/go/dispatch/internal/pubsubtest"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/gcppubsub"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/transporttest"
)

func TestConformance(t *testing.T) {
	s := pubsubtest.NewServer(t)
	client := pubsubtest.NewClient(t, s.Addr)
	// The subtest makes the parallel cases end before the client is closed.
	t.Run("suite", func(t *testing.T) {
		transporttest.Run(t, transporttest.Harness{
			New: func(t *testing.T, h transport.Handler) transport.Transport {
				id := "t" + strings.ToLower(rand.Text())
				for _, id := range []string{id, id + "-other"} {
					topic, sub := "projects/proj/topics/"+id, "projects/proj/subscriptions/"+id
					if _, err := client.TopicAdminClient.CreateTopic(t.Context(), &pubsubpb.Topic{Name: topic}); err != nil {
						t.Fatal(err)
					}
					if _, err := client.SubscriptionAdminClient.CreateSubscription(t.Context(), &pubsubpb.Subscription{
						Name: sub, Topic: topic, EnableMessageOrdering: true,
					}); err != nil {
						t.Fatal(err)
					}
					receive(t, gcppubsub.NewSubscription(client, sub), h)
				}
				return newTransport(t, new(gateway), s, "projects/proj/topics/"+id)
			},
		})
	})
}

// receive passes the messages of s to h until the test ends.
func receive(t *testing.T, s *gcppubsub.Subscription, h transport.Handler) {
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
