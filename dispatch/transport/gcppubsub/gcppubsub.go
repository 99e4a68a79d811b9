// Package gcppubsub is the transport on Google Cloud Pub/Sub. Its URLs are
//
//	gcppubsub://projects/PROJECT/topics/TOPIC
//	gcppubsub://projects/PROJECT/subscriptions/SUBSCRIPTION
//
// for a caller and for a worker that pulls, and credentials are found as every Google client finds them. With
// PUBSUB_EMULATOR_HOST set, it speaks to an emulator there.
//
// # Delivery
//
// At least once, by Pub/Sub. Publish sends one message at once; Enqueue leaves
// it to the client library's bundling, which sends 100 messages, 1 MB or what
// 10 ms brought together.
//
// # Ordering
//
// Messages with an ordering key reach, in order, a subscription that was
// created with ordering; the one that Eventarc makes for a Cloud Function was
// not. After a failed message, those enqueued behind it with the same key fail
// too; from the next Flush on, which a batch ends with, the key is taken again.
//
// # Acknowledgement
//
// As the subscription has it. A worker that pulls acknowledges a message when
// its handler has returned nil, and until then extends its lease; what it had
// when it was killed is delivered again within 30 seconds, or a minute if the
// subscription delivers exactly once.
//
// # Limits
//
// 10 MB a message, all told. A message that is for later is refused. That a topic does not exist is known from the
// publish alone, since the role pubsub.publisher cannot look it up.
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
	"github.com/cloud-functions-dispatch/go/dispatch/transport/internal/service"
)

// maxSize leaves room, in a request of 10 MB, for the topic's name and for
// what protocol buffers put around each attribute.
const maxSize = pubsub.MaxPublishRequestBytes - 4096

// Transport publishes to one topic. [New] makes one.
type Transport struct {
	client *pubsub.Client
	topic  string
	owned  bool // client is closed with it

	publisher func() *pubsub.Publisher // for Enqueue, made on first use
	memory    memory
	life      service.Life[*Transport]

	mu     sync.Mutex
	newest map[string]*pubsub.PublishResult // by ordering key: of what was enqueued since the last Flush
}

var _ transport.Queuer = (*Transport)(nil)

// New returns a transport that publishes with client to topic, whose form is
// projects/P/topics/T. Close does not close the client.
func New(client *pubsub.Client, topic string) *Transport {
	t := &Transport{client: client, topic: topic, newest: make(map[string]*pubsub.PublishResult)}
	t.publisher = sync.OnceValue(func() *pubsub.Publisher {
		p := t.memory.listen(client).Publisher(topic)
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

// Queue returns a transport to the topic that has the name behind a hyphen:
// beside projects/P/topics/calls, the queue images is
// projects/P/topics/calls-images. So several environments in one project stay
// apart.
func (t *Transport) Queue(name string) (transport.Transport, error) {
	q, err := t.life.Queue(name, func() *Transport { return New(t.client, t.topic+"-"+name) })
	if err != nil {
		return nil, err
	}
	return q, nil
}

// MaxSize is a little less than 10 MB.
func (t *Transport) MaxSize() int { return maxSize }

// Publish sends m in a request of its own: bundling would have a single call
// wait for the bundle's delay.
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
	}, retrying(admin.CallOptions.Publish, func(err error) { last = err }))
	return t.explain(because(ctx, err, last))
}

// Enqueue hands m to the client library's bundling.
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
		t.newest[m.OrderingKey] = result
		t.mu.Unlock()
	}
	return func(ctx context.Context) error {
		_, err := result.Get(ctx)
		if err != nil {
			err = because(ctx, err, t.memory.since(enqueued))
		}
		return t.explain(err)
	}, nil
}

var errDelay = errors.New("the message is for later, and Pub/Sub delivers at once (call without Delay and At, or through the transport cloudtasks)")

// begin holds Close off until the caller calls t.sending.Done, unless it
// returns an error.
func (t *Transport) begin(m *transport.Message) error {
	if err := transport.CheckSize(m, maxSize); err != nil {
		return err
	}
	// The client would try again what cannot be encoded, for a minute.
	if err := transport.CheckText(m); err != nil {
		return err
	}
	if !m.NotBefore.IsZero() {
		return errDelay
	}
	return t.life.Begin()
}

// Flush sends what is bundled now. The client cannot be told to stop waiting,
// so after the end of ctx a goroutine does, and Close waits for it.
func (t *Transport) Flush(ctx context.Context) {
	if t.life.Begin() != nil {
		return
	}
	t.mu.Lock()
	keys := slices.Collect(maps.Keys(t.newest))
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

// resume has the client take messages with the keys again, which it refuses
// after a failure, unless more were enqueued meanwhile: they must not be sent
// without those before them.
func (t *Transport) resume(keys []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, key := range keys {
		r := t.newest[key]
		if r == nil {
			continue
		}
		select {
		case <-r.Ready():
			// Without effect on a key that is not refused.
			t.publisher().ResumePublish(key)
			delete(t.newest, key)
		default:
		}
	}
}

// Close refuses messages, sends what is bundled, and waits for what is being
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

var cures = map[codes.Code]string{
	codes.NotFound:         "the topic does not exist (create it with gcloud pubsub topics create, or correct DISPATCH_URL)",
	codes.PermissionDenied: "permission denied (grant roles/pubsub.publisher on the topic)",
}

// explain says what was being done.
func (t *Transport) explain(err error) error {
	if _, ok := errors.AsType[pubsub.ErrPublishingPaused](err); ok {
		// Its text holds the key, and another cure.
		return fmt.Errorf("publish to %s: a message before it with the same ordering key was not accepted (send both again, in their order)", t.topic)
	}
	return service.Explain("publish to "+t.topic, err, cures)
}
