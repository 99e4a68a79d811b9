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
	served    chan error
	addr      string
	client    *pubsub.Client
	published atomic.Int64
	ended     atomic.Int64
}

func newQueue(ctx context.Context) (*queue, error) {
	q := new(queue)
	if err := q.serve(); err != nil {
		return nil, err
	}
	var err error
	q.client, err = pubsub.NewClient(ctx, project,
		option.WithEndpoint(q.addr),
		option.WithoutAuthentication(),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())))
	if err == nil {
		_, err = q.client.TopicAdminClient.CreateTopic(ctx, &pubsubpb.Topic{Name: topicName})
	}
	if err == nil {
		_, err = q.client.SubscriptionAdminClient.CreateSubscription(ctx, &pubsubpb.Subscription{
			Name:               subName,
			Topic:              topicName,
			AckDeadlineSeconds: 600, // as long as Pub/Sub has it
		})
	}
	if err != nil {
		q.close()
		return nil, err
	}
	return q, nil
}

// maxRequest leaves room for a message of 10 MB, which pstest's own listener,
// with gRPC's default of 4 MB, does not.
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

// env is what has a program publish here.
func (q *queue) env() []string {
	return []string{"PUBSUB_EMULATOR_HOST=" + q.addr, "DISPATCH_URL=gcppubsub://" + topicName}
}

// publishCounter counts messages as they come in, before their publisher knows
// that they were accepted: when a program has ended, all it published counts.
// Whatever queue they are for, they go to the one topic, since one callee serves
// them all.
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

// pending is the number of calls that have not ended.
func (q *queue) pending() int64 { return q.published.Load() - q.ended.Load() }

// pull returns messages that were not delivered yet; none, if there are none
// for a moment.
func (q *queue) pull(ctx context.Context) ([]*pubsubpb.ReceivedMessage, error) {
	resp, err := q.client.SubscriptionAdminClient.Pull(ctx, &pubsubpb.PullRequest{
		Subscription: subName,
		MaxMessages:  1000,
		//lint:ignore SA1019 the server in this process waits half a second otherwise
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

// end acknowledges a message: its call was executed, or failed for good.
func (q *queue) end(ctx context.Context, ackID string) error {
	err := q.client.SubscriptionAdminClient.Acknowledge(ctx, &pubsubpb.AcknowledgeRequest{Subscription: subName, AckIds: []string{ackID}})
	q.ended.Add(1)
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
