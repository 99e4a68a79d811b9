package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"strconv"
	"sync"
	"time"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// A feeder is a server of Pub/Sub that delivers one message again and again, as fast as
// the subscriber acknowledges.
type feeder struct {
	pubsubpb.UnimplementedSubscriberServer
	message *pubsubpb.PubsubMessage
	total   int
	done    chan struct{} // closed when all were acknowledged

	mu        sync.Mutex
	room      *sync.Cond // for another delivery
	sent      []time.Time
	latencies []time.Duration
}

// StreamingPull delivers messages while fewer than the subscriber allows are outstanding.
func (f *feeder) StreamingPull(stream pubsubpb.Subscriber_StreamingPullServer) error {
	first, err := stream.Recv()
	if err != nil {
		return err
	}
	for {
		messages := f.take(int(first.MaxOutstandingMessages))
		if messages == nil {
			<-stream.Context().Done()
			return nil
		}
		if err := stream.Send(&pubsubpb.StreamingPullResponse{ReceivedMessages: messages}); err != nil {
			return err
		}
	}
}

// take returns the messages for which there is room, at most 100. It returns nil when all
// have been sent.
func (f *feeder) take(most int) []*pubsubpb.ReceivedMessage {
	f.mu.Lock()
	defer f.mu.Unlock()
	for len(f.sent)-len(f.latencies) >= most {
		f.room.Wait()
	}
	n := min(f.total-len(f.sent), most-(len(f.sent)-len(f.latencies)), 100)
	var out []*pubsubpb.ReceivedMessage
	for range n {
		out = append(out, &pubsubpb.ReceivedMessage{AckId: strconv.Itoa(len(f.sent)), Message: f.message})
		f.sent = append(f.sent, time.Now())
	}
	return out
}

// Acknowledge makes room. The client sends each ID once if the request succeeds.
func (f *feeder) Acknowledge(_ context.Context, r *pubsubpb.AcknowledgeRequest) (*emptypb.Empty, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, id := range r.AckIds {
		i, err := strconv.Atoi(id)
		if err != nil || i >= len(f.sent) {
			return nil, fmt.Errorf("unknown ID %q", id)
		}
		f.latencies = append(f.latencies, time.Since(f.sent[i]))
	}
	f.room.Broadcast()
	if len(f.latencies) == f.total {
		close(f.done)
	}
	return new(emptypb.Empty), nil
}

func (*feeder) ModifyAckDeadline(context.Context, *pubsubpb.ModifyAckDeadlineRequest) (*emptypb.Empty, error) {
	return new(emptypb.Empty), nil
}

// feed serves a feeder, from which the callee pulls.
func (l *load) feed(addr string, callee *exec.Cmd, took *time.Duration) ([]time.Duration, error) {
	f := &feeder{message: &pubsubpb.PubsubMessage{MessageId: "1", PublishTime: timestamppb.Now(), Data: l.body, Attributes: l.attributes}, total: l.requests, done: make(chan struct{})}
	f.room = sync.NewCond(&f.mu)
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	s := grpc.NewServer()
	pubsubpb.RegisterSubscriberServer(s, f)
	defer s.Stop()
	go func() { _ = s.Serve(listener) }() // it ends when it is stopped
	if err := callee.Start(); err != nil {
		return nil, err
	}
	select {
	case <-f.done:
	case <-time.After(time.Minute):
		return nil, errors.New("it took more than a minute")
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	*took = time.Since(f.sent[0])
	return f.latencies, nil
}
