// Package pubsubrest is a transport on Google Cloud Pub/Sub that only publishes, for small
// programs: it uses Pub/Sub's REST API, so it links neither gRPC nor the client library.
// Its URLs are
//
//	pubsubrest://projects/PROJECT/topics/TOPIC
//
// The transport uses Application Default Credentials. If PUBSUB_EMULATOR_HOST is set, it
// connects to the emulator there. To receive messages, use package gcppubsub.
//
// # Delivery
//
// At least once. Publish sends a message immediately, in a request of its own. Enqueue
// collects messages, and sends up to 1,000 of them, or 1 MB, in one request. It sends them
// when there are that many, or after 10 ms. Several requests are under way at a time.
// Messages with different ordering keys never share a request. A request that
// Pub/Sub cannot take at the moment is repeated for up to a minute.
//
// # Ordering
//
// As with package gcppubsub: a subscription that was created with ordering receives
// messages with the same ordering key in order. If a message is not accepted, messages
// enqueued after it with the same key fail too, until the next Flush. Every batch ends
// with a Flush. Keys share 64 sequences of requests, so one request that takes long delays
// a 64th of the other keys.
//
// # Acknowledgement
//
// The subscription determines when a message is delivered again.
//
// # Limits
//
// A message may have a little less than 7 MB, attributes included, because requests hold
// 10 MB and data takes a third more in them. A delayed message is refused, because Pub/Sub
// cannot delay it. A topic that does not exist is not reported before the first publish.
package pubsubrest

import (
	"context"
	"net/http"

	"github.com/cloud-functions-dispatch/go/dispatch/transport"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/internal/outbox"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/internal/pubsubtopic"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/internal/service"
)

// maxSize leaves room for JSON in a request of 10 MB: data in base64 is a third longer.
const maxSize = 7_000_000

// Transport publishes to one topic. [New] makes one.
type Transport struct {
	client   *http.Client
	endpoint string // the URL of the service
	topic    string
	owned    bool // Close closes the client's idle connections

	out  *outbox.Outbox[message]
	life service.Life[*Transport]
}

var _ transport.Queuer = (*Transport)(nil)

// New returns a transport that publishes with client to topic, which has the form
// projects/P/topics/T. The client must add credentials to its requests, as that of
// golang.org/x/oauth2/google.DefaultClient does. The endpoint is the URL of the service;
// the default is https://pubsub.googleapis.com.
func New(client *http.Client, endpoint, topic string) *Transport {
	if endpoint == "" {
		endpoint = "https://pubsub.googleapis.com"
	}
	t := &Transport{client: client, endpoint: endpoint, topic: topic}
	t.out = outbox.New(pubsubtopic.Limits, t.sendBatch)
	return t
}

// A letter is an enqueued message.
type letter = outbox.Letter[message]

// Queue returns a transport to another topic. For the topic projects/P/topics/calls and
// the name images, the other topic is projects/P/topics/calls-images.
func (t *Transport) Queue(name string) (transport.Transport, error) {
	q, err := t.life.Queue(name, func() *Transport { return New(t.client, t.endpoint, t.topic+"-"+name) })
	if err != nil {
		return nil, err
	}
	return q, nil
}

// MaxSize returns 7 MB.
func (t *Transport) MaxSize() int { return maxSize }

// Publish sends m in a request of its own. If ctx has no deadline, it takes a minute at
// most.
func (t *Transport) Publish(ctx context.Context, m *transport.Message) error {
	if err := t.begin(m); err != nil {
		return err
	}
	defer t.life.End()
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, outbox.SendTimeout)
		defer cancel()
	}
	return t.explain(t.send(ctx, []message{encode(m)}))
}

// Enqueue takes m to send it with others. It blocks while the messages without a result
// have 100 MiB, counted with 1 KiB more for each.
func (t *Transport) Enqueue(ctx context.Context, m *transport.Message) (func(context.Context) error, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := t.begin(m); err != nil {
		return nil, err
	}
	wait, err := t.out.Add(ctx, &letter{Message: encode(m), Size: m.Size(), Key: m.OrderingKey, Ended: t.life.End})
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) error { return t.explain(wait(ctx)) }, nil
}

// begin checks m and starts an operation: Close waits until the caller calls
// t.life.End. If begin returns an error, do not call End.
func (t *Transport) begin(m *transport.Message) error {
	if err := pubsubtopic.Check(m, maxSize); err != nil {
		return err
	}
	return t.life.Begin()
}

// sendBatch sends batch, in one request if it is valid.
func (t *Transport) sendBatch(ctx context.Context, batch []*letter) []error {
	return outbox.Bisect(batch, func(messages []message) error { return t.send(ctx, messages) }, isInvalid)
}

// Flush sends the enqueued messages now. It returns when each was accepted or refused, or
// when ctx is done.
func (t *Transport) Flush(ctx context.Context) {
	t.out.Flush(ctx)
	for _, q := range t.life.Queues() {
		q.Flush(ctx)
	}
}

// Close refuses new messages, sends the enqueued ones, and waits until all have been
// sent.
func (t *Transport) Close() error {
	return t.life.Close(func() error {
		if t.owned {
			t.client.CloseIdleConnections()
		}
		return nil
	})
}
