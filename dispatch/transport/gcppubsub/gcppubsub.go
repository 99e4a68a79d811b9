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
// At least once. Publish sends a message immediately, in a request of its own.
// Enqueue passes it to the client library, which sends messages in bundles: a bundle
// is sent when it has 100 messages or 1 MB, or after 10 ms.
//
// # Ordering
//
// A subscription that was created with ordering receives messages with the same
// ordering key in order. The subscription that Eventarc creates for a Cloud Function
// has no ordering. If a message is not accepted, messages enqueued after it with the
// same key fail too, until the next Flush. Every batch ends with a Flush.
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
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"cloud.google.com/go/pubsub/v2"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/grpc/codes"

	"github.com/cloud-functions-dispatch/go/dispatch/transport"
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

	publisher func() *pubsub.Publisher // for Enqueue; made on first use
	retryLog  retryLog
	life      service.Life[*Transport]

	mu          sync.Mutex
	lastResults map[string]*pubsub.PublishResult // by ordering key, of the last message enqueued since the last Flush
}

var _ transport.Queuer = (*Transport)(nil)

// New returns a transport that publishes with client to topic, which has the form
// projects/P/topics/T. Close does not close the client.
func New(client *pubsub.Client, topic string) *Transport {
	t := &Transport{client: client, topic: topic, lastResults: make(map[string]*pubsub.PublishResult)}
	t.publisher = sync.OnceValue(func() *pubsub.Publisher {
		p := t.retryLog.observe(client).Publisher(topic)
		p.EnableMessageOrdering = true // has no effect on messages without a key
		p.PublishSettings.FlowControlSettings = pubsub.FlowControlSettings{
			MaxOutstandingMessages: 10_000,
			MaxOutstandingBytes:    100 << 20,
			LimitExceededBehavior:  pubsub.FlowControlBlock,
		}
		return p
	})
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

// Publish sends m in a request of its own, because in a bundle a single call would wait
// for the bundle's delay.
func (t *Transport) Publish(ctx context.Context, m *transport.Message) error {
	if err := t.begin(m); err != nil {
		return err
	}
	defer t.life.End()
	admin := t.client.TopicAdminClient
	var last error
	_, err := admin.Publish(ctx, &pubsubpb.PublishRequest{
		Topic: t.topic,
		Messages: []*pubsubpb.PubsubMessage{{
			Data:        m.Data,
			Attributes:  m.Attributes,
			OrderingKey: m.OrderingKey,
		}},
	}, recordRetries(admin.CallOptions.Publish, func(err error) { last = err }))
	return t.explain(withCause(ctx, err, last))
}

// Enqueue passes m to the client library, which bundles messages.
func (t *Transport) Enqueue(ctx context.Context, m *transport.Message) (func(context.Context) error, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := t.begin(m); err != nil {
		return nil, err
	}
	defer t.life.End()
	enqueued := time.Now()
	result := t.publisher().Publish(ctx, &pubsub.Message{
		Data:        m.Data,
		Attributes:  m.Attributes,
		OrderingKey: m.OrderingKey,
	})
	if m.OrderingKey != "" {
		t.mu.Lock()
		t.lastResults[m.OrderingKey] = result
		t.mu.Unlock()
	}
	return func(ctx context.Context) error {
		_, err := result.Get(ctx)
		if err != nil {
			err = withCause(ctx, err, t.retryLog.since(enqueued))
		}
		return t.explain(err)
	}, nil
}

var errDelay = errors.New("the message is delayed, but Pub/Sub delivers at once (leave out Delay and At, or use cloudtasks)")

// begin checks m and starts an operation: Close waits until the caller calls
// t.life.End. If begin returns an error, do not call End.
func (t *Transport) begin(m *transport.Message) error {
	if err := transport.CheckSize(m, maxSize); err != nil {
		return err
	}
	// Without this check, the client would retry a text that it cannot encode for a
	// minute.
	if err := transport.CheckText(m); err != nil {
		return err
	}
	if !m.NotBefore.IsZero() {
		return errDelay
	}
	return t.life.Begin()
}

// Flush sends the bundled messages now. The client's Flush has no context, so it
// continues in a goroutine if ctx ends, and Close waits for it.
func (t *Transport) Flush(ctx context.Context) {
	if t.life.Begin() != nil {
		return
	}
	t.mu.Lock()
	keys := slices.Collect(maps.Keys(t.lastResults))
	t.mu.Unlock()
	flushed := make(chan struct{})
	go func() {
		defer t.life.End()
		t.publisher().Flush()
		t.resume(keys)
		close(flushed)
	}()
	for _, q := range t.life.Queues() {
		q.Flush(ctx)
	}
	select {
	case <-flushed:
	case <-ctx.Done():
	}
}

// resume makes the client accept messages with the given keys, which it refuses after a
// failure. It skips a key if messages enqueued meanwhile have no result yet: they must
// not be sent without the failed one before them.
func (t *Transport) resume(keys []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, key := range keys {
		r := t.lastResults[key]
		if r == nil {
			continue
		}
		select {
		case <-r.Ready():
			// This has no effect on a key that is not refused.
			t.publisher().ResumePublish(key)
			delete(t.lastResults, key)
		default:
		}
	}
}

// Close refuses new messages, sends the bundled ones, and waits until all have been
// sent.
func (t *Transport) Close() error {
	return t.life.Close(func() error {
		t.publisher().Stop()
		if t.owned {
			return t.client.Close()
		}
		return nil
	})
}

var remedies = map[codes.Code]string{
	codes.NotFound:         "the topic does not exist (create it with gcloud pubsub topics create, or correct DISPATCH_URL)",
	codes.PermissionDenied: "permission denied (grant roles/pubsub.publisher on the topic)",
}

// explain adds the operation, and a remedy if there is one, to err.
func (t *Transport) explain(err error) error {
	if _, ok := errors.AsType[pubsub.ErrPublishingPaused](err); ok {
		// The text of err contains the key and names another remedy.
		return fmt.Errorf("publish to %s: an earlier message with the same ordering key was not accepted (send both again, in order)", t.topic)
	}
	return rpcerror.Explain("publish to "+t.topic, err, remedies)
}
