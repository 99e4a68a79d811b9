package gcppubsub_test

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
	runConformance(t, s.Addr, true)
}

// runConformance runs the suite against the Pub/Sub at addr, each case on a
// topic of its own.
func runConformance(t *testing.T, addr string, ordersRedelivery bool) {
	client := pubsubtest.NewClient(t, addr)
	// In a subtest, so that the parallel cases end before the client does.
	t.Run("suite", func(t *testing.T) {
		transporttest.Run(t, transporttest.Harness{
			New: func(t *testing.T, h transport.Handler) transport.Transport {
				id := "t" + strings.ToLower(rand.Text())
				name, sub := "projects/proj/topics/"+id, "projects/proj/subscriptions/"+id
				if _, err := client.TopicAdminClient.CreateTopic(t.Context(), &pubsubpb.Topic{Name: name}); err != nil {
					t.Fatal(err)
				}
				if _, err := client.SubscriptionAdminClient.CreateSubscription(t.Context(), &pubsubpb.Subscription{
					Name: sub, Topic: name, EnableMessageOrdering: true,
				}); err != nil {
					t.Fatal(err)
				}
				receive(t, gcppubsub.NewSubscription(client, sub), h)
				tr := gcppubsub.New(client, name)
				t.Cleanup(func() {
					if err := tr.Close(); err != nil {
						t.Errorf("Close() = %v, want nil", err)
					}
				})
				return tr
			},
			OrdersRedelivery: ordersRedelivery,
		})
	})
}

// receive gives what s receives to h until the test ends.
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
