package pubsubrest_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"cloud.google.com/go/pubsub/v2"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/cloud-functions-dispatch/go/dispatch/internal/pubsubtest"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/pubsubrest"
)

func TestMain(m *testing.M) { pubsubtest.VerifyTestMain(m) }

const topic = pubsubtest.Topic

// A gateway is the REST API in front of a gRPC server: the API is defined as the JSON
// mapping of the same messages.
type gateway struct {
	client   *pubsub.Client
	fail     func(n int, r *pubsubpb.PublishRequest) error // answers request n, counted from 1; may be nil
	requests atomic.Int64
}

func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name, ok := strings.CutSuffix(strings.TrimPrefix(r.URL.Path, "/v1/"), ":publish")
	body, err := io.ReadAll(r.Body)
	if !ok || err != nil || r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json" {
		http.Error(w, "no such method", http.StatusNotFound)
		return
	}
	in := new(pubsubpb.PublishRequest)
	if err := protojson.Unmarshal(body, in); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	in.Topic = name
	n := int(g.requests.Add(1))
	if g.fail != nil {
		err = g.fail(n, in)
	}
	var out *pubsubpb.PublishResponse
	if err == nil {
		out, err = g.client.TopicAdminClient.Publish(r.Context(), in)
	}
	w.Header().Set("Content-Type", "application/json")
	if err != nil {
		s := status.Convert(err)
		c := statuses[s.Code()]
		w.WriteHeader(c.http)
		fmt.Fprintf(w, `{"error": {"code": %d, "status": %q, "message": %q, "details": []}}`, c.http, c.name, s.Message())
		return
	}
	data, err := protojson.Marshal(out)
	if err != nil {
		panic(err) // the message is valid
	}
	_, _ = w.Write(data) // the client may be gone
}

// statuses are the forms of gRPC's codes in google.rpc.Code.
var statuses = map[codes.Code]struct {
	http int
	name string
}{
	codes.InvalidArgument:  {400, "INVALID_ARGUMENT"},
	codes.PermissionDenied: {403, "PERMISSION_DENIED"},
	codes.NotFound:         {404, "NOT_FOUND"},
	codes.Unavailable:      {503, "UNAVAILABLE"},
}

// start starts the gateway in front of s, and returns its URL.
func (g *gateway) start(tb testing.TB, s *pubsubtest.Server) string {
	tb.Helper()
	g.client = pubsubtest.NewClient(tb, s.Addr)
	l := httptest.NewServer(g)
	tb.Cleanup(l.Close)
	return l.URL
}

// newTransport returns a transport to a topic through g, closed at the end.
func newTransport(tb testing.TB, g *gateway, s *pubsubtest.Server, topic string) *pubsubrest.Transport {
	tb.Helper()
	client := &http.Client{Transport: new(http.Transport)}
	tr := pubsubrest.New(client, g.start(tb, s), topic)
	tb.Cleanup(func() {
		if err := tr.Close(); err != nil {
			tb.Errorf("Close() = %v, want nil", err)
		}
		client.CloseIdleConnections()
	})
	return tr
}

func message(data string) *transport.Message { return &transport.Message{Data: []byte(data)} }

// within returns a context with a timeout, so that a failing test does not block.
func within(tb testing.TB) context.Context {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), 30*time.Second)
	tb.Cleanup(cancel)
	return ctx
}
