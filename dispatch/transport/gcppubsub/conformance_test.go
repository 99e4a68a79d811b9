package gcppubsub_test

import (
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/pubsub/v2"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"

	"github.com/cloud-functions-dispatch/go/dispatch/internal/pubsubtest"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/gcppubsub"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/transporttest"
	"github.com/cloud-functions-dispatch/go/internal/property"
)

func TestConformance(t *testing.T) {
	s := pubsubtest.NewServer(t)
	// Without -long, it skips the case that waits 10 seconds for a redelivery.
	runConformance(t, s.Addr, property.Long())
}

func TestSubscription(t *testing.T) {
	if !property.Long() {
		t.Skip("waits for leases of 10 seconds, and the suite also runs for SQS, whose leases are shorter: run it with -long, as .ci/run does")
	}
	runSubscription(t, pubsubtest.NewServer(t).Addr)
}

// runConformance runs the suite against the Pub/Sub at addr. Each case has a topic of
// its own.
func runConformance(t *testing.T, addr string, ordersRedelivery bool) {
	client := pubsubtest.NewClient(t, addr)
	// The subtest makes the parallel cases end before the client is closed.
	t.Run("suite", func(t *testing.T) {
		t.Parallel()
		transporttest.Run(t, transporttest.Harness{
			New: func(t *testing.T, h transport.Handler) transport.Transport {
				id := "t" + strings.ToLower(rand.Text())
				name := "projects/proj/topics/" + id
				for _, id := range []string{id, id + "-other"} {
					pubsubtest.Receive(t, newSubscription(t, client, id), h)
				}
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

// shortLease is the shortest lease that the client allows.
const shortLease = 10 * time.Second

// runSubscription runs the suite of subscriptions against the Pub/Sub at addr.
func runSubscription(t *testing.T, addr string) {
	transporttest.RunSubscription(t, transporttest.SubscriptionHarness{
		New: func(t *testing.T) (transport.Transport, func() transport.Subscription) {
			client := pubsubtest.NewClient(t, addr)
			id := "s" + strings.ToLower(rand.Text())
			newSubscription(t, client, id)
			tr := gcppubsub.New(client, "projects/proj/topics/"+id)
			t.Cleanup(func() { closeTransport(t, tr) })
			return tr, func() transport.Subscription {
				s := gcppubsub.NewSubscription(client, "projects/proj/subscriptions/"+id)
				s.SetLease(shortLease)
				return s
			}
		},
		Lease: shortLease,
		Abandon: func(t *testing.T, tr transport.Transport) {
			q := tr.(*gcppubsub.Transport)
			out, err := q.Client().SubscriptionAdminClient.Pull(t.Context(), &pubsubpb.PullRequest{Subscription: strings.Replace(q.Topic(), "/topics/", "/subscriptions/", 1), MaxMessages: 1})
			if err != nil || len(out.ReceivedMessages) != 1 {
				t.Fatalf("pulled %v, %v; want one message", out, err)
			}
		},
	})
}

// newSubscription creates a topic and a subscription with the given ID.
func newSubscription(t *testing.T, client *pubsub.Client, id string) *gcppubsub.Subscription {
	t.Helper()
	return gcppubsub.NewSubscription(client, pubsubtest.CreateSubscription(t, client, id))
}
