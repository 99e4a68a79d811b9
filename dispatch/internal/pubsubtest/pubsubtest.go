// Package pubsubtest helps tests that use Pub/Sub. It has a server in this process,
// Google's emulator, and clients of both.
package pubsubtest

import (
	"context"
	"net"
	"strings"
	"testing"

	"cloud.google.com/go/pubsub/v2"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"cloud.google.com/go/pubsub/v2/pstest"
	"go.uber.org/goleak"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// VerifyTestMain is like goleak's, but ignores two goroutines of the client library.
func VerifyTestMain(m *testing.M) {
	goleak.VerifyTestMain(m,
		// Started by an init of opencensus, which the Pub/Sub client imports.
		goleak.IgnoreTopFunction("go.opencensus.io/stats/view.(*worker).start"),
		// Started by the client's Receive, and ended by it at the handler's
		// next tick only.
		goleak.IgnoreTopFunction("cloud.google.com/go/pubsub/v2.(*messageIterator).streamKeepAliveHandler"))
}

// Topic is the topic that every [Server] has.
const Topic = "projects/proj/topics/calls"

// A Server is a Pub/Sub server in this process, with a gRPC address.
type Server struct {
	*pstest.Server
	Addr string
}

// NewServer starts a server with the topic [Topic], and stops it when the test ends. It
// uses its own listener, because the listener of pstest accepts requests of up to 4 MB
// only.
func NewServer(tb testing.TB, opts ...pstest.ServerReactorOption) *Server {
	tb.Helper()
	ps := pstest.NewServer(opts...)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	gs := grpc.NewServer(grpc.MaxRecvMsgSize(20 << 20))
	pubsubpb.RegisterPublisherServer(gs, &ps.GServer)
	pubsubpb.RegisterSubscriberServer(gs, &ps.GServer)
	served := make(chan error, 1)
	go func() { served <- gs.Serve(l) }()
	tb.Cleanup(func() {
		gs.Stop()
		if err := <-served; err != nil {
			tb.Errorf("the server ended with %v, want nil", err)
		}
		if err := ps.Close(); err != nil {
			tb.Errorf("close pstest: %v", err)
		}
	})
	if _, err := ps.GServer.CreateTopic(tb.Context(), &pubsubpb.Topic{Name: Topic}); err != nil {
		tb.Fatal(err)
	}
	return &Server{ps, l.Addr().String()}
}

// CreateTopic creates the topic [Topic].
func CreateTopic(tb testing.TB, client *pubsub.Client) {
	tb.Helper()
	if _, err := client.TopicAdminClient.CreateTopic(tb.Context(), &pubsubpb.Topic{Name: Topic}); err != nil {
		tb.Fatal(err)
	}
}

// Push creates a push subscription of the topic with the given config.
func Push(tb testing.TB, client *pubsub.Client, topic string, config *pubsubpb.PushConfig) {
	tb.Helper()
	if _, err := client.SubscriptionAdminClient.CreateSubscription(tb.Context(), &pubsubpb.Subscription{
		Name: strings.Replace(topic, "/topics/", "/subscriptions/", 1), Topic: topic, PushConfig: config,
	}); err != nil {
		tb.Fatal(err)
	}
}

// NewClient returns a real client of the Pub/Sub at addr, for the project proj.
func NewClient(tb testing.TB, addr string) *pubsub.Client {
	tb.Helper()
	client, err := pubsub.NewClient(context.Background(), "proj",
		option.WithEndpoint(addr),
		option.WithoutAuthentication(),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())),
	)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := client.Close(); err != nil {
			tb.Errorf("close the client: %v", err)
		}
	})
	return client
}
