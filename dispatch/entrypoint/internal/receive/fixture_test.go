package receive_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/go-json-experiment/json"
	"go.uber.org/goleak"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/internal/receive"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/executor"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/mem"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// secret is an argument of every call in these tests. No answer may contain it.
const secret = "s3cret-argument"

var (
	run  = dispatch.Register(runText)
	hold = dispatch.Register(holdText)
)

// ran holds the Info of each call that ran, by its ID.
var ran sync.Map

func runText(ctx context.Context, _, how string) error {
	info, _ := dispatch.FromContext(ctx)
	ran.Store(info.ID, info)
	switch how {
	case "error":
		return errors.New("the cause")
	case "permanent":
		return dispatch.Permanent(errors.New("the cause"))
	case "multiline":
		return dispatch.Permanent(errors.New("<b>\n\x1b[31mé\x00"))
	}
	return nil
}

// gates has the gates for calls of hold, by the call's argument.
var gates sync.Map

// A gate makes a call of hold wait until the test opens it.
type gate struct{ arrived, open chan struct{} }

func newGate(name string) *gate {
	g := &gate{make(chan struct{}), make(chan struct{})}
	gates.Store(name, g)
	return g
}

func holdText(_ context.Context, name string) error {
	v, ok := gates.Load(name)
	if !ok {
		return errors.New("no such gate")
	}
	g := v.(*gate)
	close(g.arrived)
	<-g.open
	return nil
}

func newHandler() *receive.Handler {
	return receive.NewHandler(executor.Must(executor.New(entrypoint.Logger(slog.New(slog.DiscardHandler)))))
}

// deliveryOf returns the delivery of the one call that fn makes.
func deliveryOf(t *testing.T, fn func(context.Context) error) *transport.Delivery {
	t.Helper()
	tr := mem.New()
	c := dispatch.New(tr)
	got := make(chan *transport.Delivery, 1)
	tr.Handle(func(_ context.Context, d *transport.Delivery) error {
		got <- d
		return nil
	})
	if err := fn(dispatch.WithClient(t.Context(), c)); err != nil {
		t.Fatalf("call: %v", err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	return <-got
}

func encode(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

const publishTime = "2021-02-05T04:06:14.109Z"

// pushBody returns the body of a push, which is also the body of an event in binary mode.
// As in Google's documentation, it has names in two spellings, and members that are not
// read.
func pushBody(t *testing.T, d *transport.Delivery) string {
	t.Helper()
	return fmt.Sprintf(`{
  "subscription": "projects/test-project/subscriptions/my-subscription",
  "message": {
    "@type": "type.googleapis.com/google.pubsub.v1.PubsubMessage",
    "attributes": %s,
    "data": %s,
    "messageId": "2070443601311540",
    "message_id": "2070443601311540",
    "orderingKey": "key",
    "publishTime": %q,
    "publish_time": %q
  },
  "deliveryAttempt": 5
}`, encode(t, d.Attributes), encode(t, d.Data), publishTime, publishTime)
}

func structuredEvent(t *testing.T, d *transport.Delivery) string {
	t.Helper()
	return `{"specversion":"1.0","type":"google.cloud.pubsub.topic.v1.messagePublished",` +
		`"source":"//pubsub.googleapis.com/projects/test-project/topics/my-topic","id":"2070443601311540",` +
		`"time":"2021-02-05T04:06:14.109Z","datacontenttype":"application/json","data":` + pushBody(t, d) + `}`
}

// request returns a request. A header is written as "Name: value".
func request(method, body string, headers ...string) *http.Request {
	r := httptest.NewRequest(method, "/", strings.NewReader(body))
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	return r
}

var (
	jsonType = "Content-Type: application/json"
	binary   = []string{
		jsonType, "Ce-Id: 2070443601311540", "Ce-Specversion: 1.0", "Ce-Time: 2021-02-05T04:06:14.109Z",
		"Ce-Type: google.cloud.pubsub.topic.v1.messagePublished",
		"Ce-Source: //pubsub.googleapis.com/projects/test-project/topics/my-topic",
	}
	eventType = "Content-Type: application/cloudevents+json; charset=utf-8"
)
