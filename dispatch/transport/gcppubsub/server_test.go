package gcppubsub_test

import (
	"context"
	"net"
	"sync/atomic"
	"testing"

	"cloud.google.com/go/pubsub/v2"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"cloud.google.com/go/pubsub/v2/pstest"
	"go.uber.org/goleak"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/cloud-functions-dispatch/go/dispatch/transport"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/gcppubsub"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m,
		// Started in an init of opencensus, which the Pub/Sub client imports.
		goleak.IgnoreTopFunction("go.opencensus.io/stats/view.(*worker).start"),
		// Started by the client's Receive, which the tests use, and ended by
		// it at the handler's next tick only; the transport never receives.
		goleak.IgnoreTopFunction("cloud.google.com/go/pubsub/v2.(*messageIterator).streamKeepAliveHandler"))
}

const topic = "projects/proj/topics/calls"

// A server is a Pub/Sub in this process, spoken to over gRPC.
type server struct {
	*pstest.Server
	addr string
}

// newServer starts a server that has the topic. Its own listener is used
// rather than pstest's, which takes requests up to 4 MB only.
func newServer(tb testing.TB, opts ...pstest.ServerReactorOption) *server {
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
	if _, err := ps.GServer.CreateTopic(tb.Context(), &pubsubpb.Topic{Name: topic}); err != nil {
		tb.Fatal(err)
	}
	return &server{ps, l.Addr().String()}
}

// newClient returns a real client of the Pub/Sub at addr.
func newClient(tb testing.TB, addr string) *pubsub.Client {
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

// newTransport returns a transport on s, closed at the end.
func newTransport(tb testing.TB, s *server) *gcppubsub.Transport {
	tb.Helper()
	tr := gcppubsub.New(newClient(tb, s.addr), topic)
	tb.Cleanup(func() {
		if err := tr.Close(); err != nil {
			tb.Errorf("Close() = %v, want nil", err)
		}
	})
	return tr
}

func message(data string) *transport.Message { return &transport.Message{Data: []byte(data)} }

// A reactor answers the n-th publish request, counted from 1, with the error
// that fail returns, or has it published where that is nil.
type reactor struct {
	fail     func(n int, r *pubsubpb.PublishRequest) error
	requests atomic.Int64
}

func (r *reactor) React(req any) (handled bool, ret any, err error) {
	n := int(r.requests.Add(1))
	if r.fail == nil {
		return false, nil, nil
	}
	err = r.fail(n, req.(*pubsubpb.PublishRequest))
	return err != nil, nil, err
}

func (r *reactor) option() pstest.ServerReactorOption {
	return pstest.ServerReactorOption{FuncName: "Publish", Reactor: r}
}
