package dev

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"cloud.google.com/go/pubsub/v2"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"cloud.google.com/go/pubsub/v2/pstest"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/cloud-functions-dispatch/go/cmd/dispatchmain/internal/synth"
)

// A queue is a server in this process that the caller publishes to, and that the deliverer
// takes messages from.
type queue interface {
	// env returns the environment variables that make a program publish to the queue.
	env() []string

	// place says where the queue is.
	place() string

	// pull returns messages that were not delivered yet. If there are none, it waits a
	// moment and returns none.
	pull(ctx context.Context) ([]*message, error)

	// finish removes a message. Its call was executed or failed for good.
	finish(ctx context.Context, m *message) error

	// pending returns the number of calls that have not ended.
	pending() int64

	close() error
}

// A message is one that was published.
type message struct {
	id, orderingKey string
	data            []byte
	attributes      map[string]string
	published       time.Time
	receipt         receipt
}

// A receipt identifies a message to its queue.
type receipt struct{ queue, id string }

// Transports returns the transport that the programs use, of those that the caller links:
// SQS if it links no other, otherwise Pub/Sub.
func Transports(linked []string) []string {
	if slices.Equal(linked, []string{synth.SQS}) {
		return linked
	}
	return []string{synth.PubSub}
}

// newQueue starts the queue for programs that use the given transport.
func newQueue(ctx context.Context, transports []string) (queue, error) {
	if slices.Contains(transports, synth.SQS) {
		return newSQS()
	}
	return newPubSub(ctx)
}

// A counter counts calls.
type counter struct{ published, finished atomic.Int64 }

func (c *counter) pending() int64 { return c.published.Load() - c.finished.Load() }

// A pubSub is a Pub/Sub server with one topic and one subscription, that both programs
// reach over gRPC.
type pubSub struct {
	counter
	pubsub *pstest.Server
	server *grpc.Server
	served chan error // gets the result of server.Serve
	addr   string
	client *pubsub.Client
}

// newPubSub starts a server with a topic and a subscription.
func newPubSub(ctx context.Context) (*pubSub, error) {
	q := new(pubSub)
	if err := q.serve(); err != nil {
		return nil, err
	}
	if err := q.create(ctx); err != nil {
		_ = q.close() // the error of create is the cause
		return nil, err
	}
	return q, nil
}

// create connects the client, and creates the topic and the subscription.
func (q *pubSub) create(ctx context.Context) (err error) {
	q.client, err = pubsub.NewClient(ctx, project,
		option.WithEndpoint(q.addr),
		option.WithoutAuthentication(),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())))
	if err != nil {
		return err
	}
	if _, err := q.client.TopicAdminClient.CreateTopic(ctx, &pubsubpb.Topic{Name: topicName}); err != nil {
		return err
	}
	_, err = q.client.SubscriptionAdminClient.CreateSubscription(ctx, &pubsubpb.Subscription{
		Name:               subName,
		Topic:              topicName,
		AckDeadlineSeconds: 600, // the maximum of Pub/Sub
	})
	return err
}

// maxRequest is the size limit of a request in bytes. It allows messages of 10 MB;
// pstest's own listener has gRPC's default of 4 MB.
const maxRequest = 16 << 20

// serve starts the server.
func (q *pubSub) serve() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	q.pubsub = pstest.NewServer(pstest.ServerReactorOption{FuncName: "Publish", Reactor: (*publishCounter)(q)})
	q.server = grpc.NewServer(grpc.MaxRecvMsgSize(maxRequest))
	pubsubpb.RegisterPublisherServer(q.server, &q.pubsub.GServer)
	pubsubpb.RegisterSubscriberServer(q.server, &q.pubsub.GServer)
	q.addr, q.served = l.Addr().String(), make(chan error, 1)
	go func() { q.served <- q.server.Serve(l) }()
	return nil
}

func (q *pubSub) env() []string {
	return []string{"PUBSUB_EMULATOR_HOST=" + q.addr, "DISPATCH_URL=gcppubsub://" + topicName}
}

func (q *pubSub) place() string { return topicName + " at PUBSUB_EMULATOR_HOST=" + q.addr }

// A publishCounter counts messages on arrival, before their publisher learns that
// they were accepted, so that no message of a program that has ended is missed. It
// also redirects the messages of every dispatch.Queue to the one topic, since one
// callee serves them all.
type publishCounter pubSub

func (c *publishCounter) React(req any) (handled bool, ret any, err error) {
	r, ok := req.(*pubsubpb.PublishRequest)
	if !ok {
		return false, nil, nil
	}
	if strings.HasPrefix(r.Topic, topicName+"-") {
		r.Topic = topicName
	}
	if r.Topic == topicName {
		c.published.Add(int64(len(r.Messages)))
	}
	return false, nil, nil
}

func (q *pubSub) pull(ctx context.Context) ([]*message, error) {
	resp, err := q.client.SubscriptionAdminClient.Pull(ctx, &pubsubpb.PullRequest{
		Subscription: subName,
		MaxMessages:  1000,
		//lint:ignore SA1019 without it, the server waits half a second
		ReturnImmediately: true,
	})
	if err != nil {
		return nil, err
	}
	var out []*message
	for _, r := range resp.ReceivedMessages {
		m := r.Message
		out = append(out, &message{m.MessageId, m.OrderingKey, m.Data, m.Attributes, m.PublishTime.AsTime(), receipt{subName, r.AckId}})
	}
	if len(out) > 0 {
		return out, nil
	}
	return nil, pause(ctx)
}

// pause waits a moment.
func pause(ctx context.Context) error {
	select {
	case <-time.After(20 * time.Millisecond):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (q *pubSub) finish(ctx context.Context, m *message) error {
	err := q.client.SubscriptionAdminClient.Acknowledge(ctx, &pubsubpb.AcknowledgeRequest{Subscription: m.receipt.queue, AckIds: []string{m.receipt.id}})
	q.finished.Add(1)
	return err
}

func (q *pubSub) close() error {
	var err error
	if q.client != nil {
		err = q.client.Close()
	}
	q.server.Stop()
	return errors.Join(err, <-q.served, q.pubsub.Close())
}
