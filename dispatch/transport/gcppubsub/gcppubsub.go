// Package gcppubsub is the transport on Google Cloud Pub/Sub. Its URL is
//
//	gcppubsub://projects/PROJECT/topics/TOPIC
//
// and credentials are found as every Google client finds them. With
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
// not. After a failed message of a bundle, those behind it with the same key
// fail too, and later ones are sent again.
//
// # Acknowledgement
//
// As the subscription has it. This package publishes only.
//
// # Limits
//
// 10 MB a message, all told. That a topic does not exist is known from the
// publish alone, since the role pubsub.publisher cannot look it up.
package gcppubsub

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"cloud.google.com/go/pubsub/v2"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/cloud-functions-dispatch/go/dispatch/transport"
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

	mu        sync.Mutex
	closed    bool
	abandoned map[string]*pubsub.PublishResult // by ordering key: nobody waits for it
	sending   sync.WaitGroup                   // added to with mu held, and never once closed
	shut      func() error
}

var _ transport.Transport = (*Transport)(nil)

// New returns a transport that publishes with client to topic, whose form is
// projects/P/topics/T. Close does not close the client.
func New(client *pubsub.Client, topic string) *Transport {
	t := &Transport{client: client, topic: topic}
	t.publisher = sync.OnceValue(func() *pubsub.Publisher {
		p := client.Publisher(topic)
		p.EnableMessageOrdering = true // has no effect on messages without a key
		p.PublishSettings.FlowControlSettings = pubsub.FlowControlSettings{
			MaxOutstandingMessages: 10_000,
			MaxOutstandingBytes:    100 << 20,
			LimitExceededBehavior:  pubsub.FlowControlBlock,
		}
		return p
	})
	t.shut = sync.OnceValue(func() error {
		t.sending.Wait()
		t.publisher().Stop()
		if t.owned {
			return t.client.Close()
		}
		return nil
	})
	return t
}

// MaxSize is a little less than 10 MB.
func (t *Transport) MaxSize() int { return maxSize }

// Publish sends m in a request of its own: bundling would have a single call
// wait for the bundle's delay.
func (t *Transport) Publish(ctx context.Context, m *transport.Message) error {
	if err := t.begin(m); err != nil {
		return err
	}
	defer t.sending.Done()
	_, err := t.client.TopicAdminClient.Publish(ctx, &pubsubpb.PublishRequest{
		Topic: t.topic,
		Messages: []*pubsubpb.PubsubMessage{{
			Data:        m.Data,
			Attributes:  m.Attributes,
			OrderingKey: m.OrderingKey,
		}},
	})
	return t.explain(err)
}

// Enqueue hands m to the client library's bundling.
func (t *Transport) Enqueue(ctx context.Context, m *transport.Message) (func(context.Context) error, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := t.begin(m); err != nil {
		return nil, err
	}
	defer t.sending.Done()
	t.resumeAbandoned()
	publisher := t.publisher()
	result := publisher.Publish(ctx, &pubsub.Message{
		Data:        m.Data,
		Attributes:  m.Attributes,
		OrderingKey: m.OrderingKey,
	})
	return func(ctx context.Context) error {
		_, err := result.Get(ctx)
		if err != nil && m.OrderingKey != "" {
			t.abandon(m.OrderingKey, result)
			t.resumeAbandoned()
		}
		return t.explain(err)
	}, nil
}

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
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return transport.ErrClosed
	}
	t.sending.Add(1)
	return nil
}

// abandon notes that nobody waits any more for r, which has failed or may
// still fail: then the client refuses its key until told to go on.
func (t *Transport) abandon(key string, r *pubsub.PublishResult) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.abandoned == nil {
		t.abandoned = make(map[string]*pubsub.PublishResult)
	}
	t.abandoned[key] = r
}

// resumeAbandoned has the keys go on whose last message is known to be sent or
// refused.
func (t *Transport) resumeAbandoned() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for key, r := range t.abandoned {
		select {
		case <-r.Ready():
			t.publisher().ResumePublish(key)
			delete(t.abandoned, key)
		default:
		}
	}
}

// Flush sends what is bundled now.
func (t *Transport) Flush() { t.publisher().Flush() }

// Close refuses messages, sends what is bundled, and waits for what is being
// sent.
func (t *Transport) Close() error {
	t.mu.Lock()
	t.closed = true
	t.mu.Unlock()
	return t.shut()
}

// explain adds the cure to the errors that a person can act on.
func (t *Transport) explain(err error) error {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	switch s := status.Convert(err); s.Code() {
	case codes.OK:
		return nil
	case codes.Canceled:
		return fmt.Errorf("publish to %s: %w", t.topic, context.Canceled)
	case codes.DeadlineExceeded:
		return fmt.Errorf("publish to %s: %w", t.topic, context.DeadlineExceeded)
	case codes.NotFound:
		return fmt.Errorf("publish to %s: the topic does not exist (create it with gcloud pubsub topics create, or correct DISPATCH_URL): %w", t.topic, err)
	case codes.PermissionDenied:
		return fmt.Errorf("publish to %s: permission denied (grant roles/pubsub.publisher on the topic): %w", t.topic, err)
	default:
		return fmt.Errorf("publish to %s: %w", t.topic, err)
	}
}
