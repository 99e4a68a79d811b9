package gcppubsub_test

import (
	"sync/atomic"
	"testing"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"cloud.google.com/go/pubsub/v2/pstest"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/pubsubtest"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/gcppubsub"
)

func TestMain(m *testing.M) { pubsubtest.VerifyTestMain(m) }

const topic = pubsubtest.Topic

// newTransport returns a transport on s, closed at the end.
func newTransport(tb testing.TB, s *pubsubtest.Server) *gcppubsub.Transport {
	tb.Helper()
	tr := gcppubsub.New(pubsubtest.NewClient(tb, s.Addr), topic)
	tb.Cleanup(func() {
		if err := tr.Close(); err != nil {
			tb.Errorf("Close() = %v, want nil", err)
		}
	})
	return tr
}

func message(data string) *transport.Message { return &transport.Message{Data: []byte(data)} }

// A reactor answers publish request n, counted from 1, with the error that fail
// returns. If that is nil, the message is published.
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
