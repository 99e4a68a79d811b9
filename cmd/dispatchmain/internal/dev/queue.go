package dev

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync/atomic"
	"time"

	"cloud.google.com/go/pubsub/v2"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"cloud.google.com/go/pubsub/v2/pstest"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// A queue is a Pub/Sub server in this process, with one topic and one
// subscription, that both programs reach over gRPC.
type queue struct {
	pubsub    *pstest.Server
	server    *grpc.Server
	served    chan error // gets the result of server.Serve
	addr      string
	client    *pubsub.Client
	published atomic.Int64
	finished  atomic.Int64
}

// newQueue starts a server with a topic and a subscription.
func newQueue(ctx context.Context) (*queue, error) {
	q := new(queue)
	if err := q.serve(); err != nil {
		return nil, err
	}
	if err := q.create(ctx); err != nil {
		q.close()
		return nil, err
	}
	return q, nil
}

// create connects the client, and creates the topic and the subscription.
func (q *queue) create(ctx context.Context) (err error) {
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
func (q *queue) serve() error {
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

// env returns the environment variables that make a program publish to q.
func (q *queue) env() []string {
	return []string{"PUBSUB_EMULATOR_HOST=" + q.addr, "DISPATCH_URL=gcppubsub://" + topicName}
}

// A publishCounter counts messages on arrival, before their publisher learns that
// they were accepted, so that no message of a program that has ended is missed. It
// also redirects the messages of every dispatch.Queue to the one topic, since one
// callee serves them all.
type publishCounter queue

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

// pending returns the number of calls that have not ended.
func (q *queue) pending() int64 { return q.published.Load() - q.finished.Load() }

// pull returns messages that were not delivered yet. If there are none, it waits a
// moment and returns none.
func (q *queue) pull(ctx context.Context) ([]*pubsubpb.ReceivedMessage, error) {
	resp, err := q.client.SubscriptionAdminClient.Pull(ctx, &pubsubpb.PullRequest{
		Subscription: subName,
		MaxMessages:  1000,
		//lint:ignore SA1019 without it, the server waits half a second
		ReturnImmediately: true,
	})
	if err != nil || len(resp.ReceivedMessages) > 0 {
		return resp.GetReceivedMessages(), err
	}
	select {
	case <-time.After(20 * time.Millisecond):
		return nil, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// finish acknowledges a message. Its call was executed or failed for good.
func (q *queue) finish(ctx context.Context, ackID string) error {
	err := q.client.SubscriptionAdminClient.Acknowledge(ctx, &pubsubpb.AcknowledgeRequest{Subscription: subName, AckIds: []string{ackID}})
	q.finished.Add(1)
	return err
}

func (q *queue) close() error {
	var err error
	if q.client != nil {
		err = q.client.Close()
	}
	q.server.Stop()
	return errors.Join(err, <-q.served, q.pubsub.Close())
}
