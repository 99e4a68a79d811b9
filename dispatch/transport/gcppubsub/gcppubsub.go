// Package gcppubsub is the transport on Google Cloud Pub/Sub. Its URLs are
//
//	gcppubsub://projects/PROJECT/topics/TOPIC
//	gcppubsub://projects/PROJECT/subscriptions/SUBSCRIPTION
//
// The first is for a caller, the second for a worker that pulls. The transport uses
// Application Default Credentials. If PUBSUB_EMULATOR_HOST is set, it connects to the
// emulator there.
//
// # Delivery
//
// At least once. Publish sends a message immediately, in a request of its own. Enqueue
// collects messages, and sends up to 1,000 of them, or 1 MB, in one request. It sends them
// when there are that many, or after 10 ms. Several requests are under way at a time.
// Messages with different ordering keys never share a request.
//
// # Ordering
//
// A subscription that was created with ordering receives messages with the same
// ordering key in order. The subscription that Eventarc creates for a Cloud Function
// has no ordering. If a message is not accepted, messages enqueued after it with the
// same key fail too, until the next Flush. Every batch ends with a Flush. Keys share 64
// sequences of requests, so one request that takes long delays a 64th of the other keys.
//
// # Acknowledgement
//
// The subscription determines when a message is delivered again. A worker that pulls
// acknowledges a message when its handler has returned nil, and extends its lease until
// then. If a worker is killed, its messages are delivered again within 30 seconds, or
// within a minute if the subscription delivers exactly once.
//
// # Limits
//
// A message may have a little less than 10 MB, attributes included. A delayed message
// is refused, because Pub/Sub cannot delay it. A topic that does not exist is not
// reported before the first publish, because the role pubsub.publisher does not allow
// looking it up.
package gcppubsub

import (
	"context"
	"time"

	"cloud.google.com/go/pubsub/v2"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/cloud-functions-dispatch/go/dispatch/transport"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/internal/outbox"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/internal/pubsubtopic"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/internal/rpcerror"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/internal/service"
)

// maxSize leaves room in a request of 10 MB for the topic's name, and for the bytes
// that protocol buffers add to each attribute.
const maxSize = pubsub.MaxPublishRequestBytes - 4096

// Transport publishes to one topic. [New] makes one.
type Transport struct {
	client *pubsub.Client
	topic  string
	owned  bool // Close closes the client

	out     *outbox.Outbox[*pubsubpb.PubsubMessage]
	retries retryLog
	life    service.Life[*Transport]
}

var _ transport.Queuer = (*Transport)(nil)

// New returns a transport that publishes with client to topic, which has the form
// projects/P/topics/T. Close does not close the client. Messages are not sent by the
// client's publisher, so its settings and its tracing have no effect on them.
func New(client *pubsub.Client, topic string) *Transport {
	t := &Transport{client: client, topic: topic}
	t.out = outbox.New(pubsubtopic.Limits, t.sendBatch)
	return t
}

// Queue returns a transport to another topic. For the topic projects/P/topics/calls and
// the name images, the other topic is projects/P/topics/calls-images. Several
// environments in one project can therefore have separate queues.
func (t *Transport) Queue(name string) (transport.Transport, error) {
	q, err := t.life.Queue(name, func() *Transport { return New(t.client, t.topic+"-"+name) })
	if err != nil {
		return nil, err
	}
	return q, nil
}

// MaxSize returns a little less than 10 MB.
func (t *Transport) MaxSize() int { return maxSize }

// Publish sends m in a request of its own.
func (t *Transport) Publish(ctx context.Context, m *transport.Message) error {
	if err := t.begin(m); err != nil {
		return err
	}
	defer t.life.End()
	var last error
	err := t.send(ctx, []*pubsubpb.PubsubMessage{encode(m)}, func(err error) { last = err })
	return t.explain(withCause(ctx, err, last))
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
	enqueued := time.Now()
	wait, err := t.out.Add(ctx, &letter{Message: encode(m), Size: m.Size(), Key: m.OrderingKey, Ended: t.life.End})
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) error {
		err := wait(ctx)
		if err != nil {
			err = withCause(ctx, err, t.retries.since(enqueued))
		}
		return t.explain(err)
	}, nil
}

// A letter is an enqueued message.
type letter = outbox.Letter[*pubsubpb.PubsubMessage]

// encode returns m as Pub/Sub takes it.
func encode(m *transport.Message) *pubsubpb.PubsubMessage {
	return &pubsubpb.PubsubMessage{Data: m.Data, Attributes: m.Attributes, OrderingKey: m.OrderingKey}
}

// sendBatch sends batch, in one request if it is valid.
func (t *Transport) sendBatch(ctx context.Context, batch []*letter) []error {
	return outbox.Bisect(batch, func(messages []*pubsubpb.PubsubMessage) error {
		return t.send(ctx, messages, t.retries.record)
	}, func(err error) bool { return status.Code(err) == codes.InvalidArgument })
}

// send sends messages in one request, and passes each error for which the client retries
// to record.
func (t *Transport) send(ctx context.Context, messages []*pubsubpb.PubsubMessage, record func(error)) error {
	admin := t.client.TopicAdminClient
	out, err := admin.Publish(ctx, &pubsubpb.PublishRequest{Topic: t.topic, Messages: messages}, recordRetries(admin.CallOptions.Publish, record))
	if err == nil && len(out.MessageIds) != len(messages) {
		err = pubsubtopic.ErrNoResult
	}
	return err
}

// begin checks m and starts an operation: Close waits until the caller calls
// t.life.End. If begin returns an error, do not call End.
func (t *Transport) begin(m *transport.Message) error {
	if err := pubsubtopic.Check(m, maxSize); err != nil {
		return err
	}
	return t.life.Begin()
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
			return t.client.Close()
		}
		return nil
	})
}

var remedies = map[codes.Code]string{
	codes.NotFound:         pubsubtopic.NotFound,
	codes.PermissionDenied: pubsubtopic.PermissionDenied,
}

// explain adds the operation, and a remedy if there is one, to err.
func (t *Transport) explain(err error) error {
	return rpcerror.Explain("publish to "+t.topic, err, remedies)
}
