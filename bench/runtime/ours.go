package main

import (
	"context"
	"time"

	"github.com/cloud-functions-dispatch/go/bench/runtime/work"
	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/pull"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

// ourPeer is this module's runtime, with a client that has the given options.
func ourPeer[A, B any](c work.Call[A, B], name string, opts ...dispatch.ClientOption) peer {
	q := new(keep)
	ctx := dispatch.WithClient(background, dispatch.New(q, opts...))
	handle := handler()
	return peer{
		name:    name,
		without: "the transport",
		pack:    func() error { return c.Func.Call(ctx, c.A, c.B) },
		run: func() error {
			return handle(background, &transport.Delivery{Message: q.message, Attempt: 1, Published: time.Now()})
		},
		bytes: func() int { return q.message.Size() },
	}
}

// A keep is a transport that keeps the last message.
type keep struct {
	transport.Transport
	message transport.Message
}

func (k *keep) Publish(_ context.Context, m *transport.Message) error {
	k.message = *m
	return nil
}

func (*keep) MaxSize() int { return 10_000_000 } // as Pub/Sub

// handler returns the handler of an entrypoint that pulls.
func handler() transport.Handler {
	s := make(subscription)
	go func() {
		panic(pull.Receive(background, s)) // it receives as long as the process lives
	}()
	return <-s
}

// A subscription receives the handler instead of messages.
type subscription chan transport.Handler

func (s subscription) Receive(ctx context.Context, _ int, h transport.Handler) error {
	s <- h
	<-ctx.Done()
	return nil
}

func (subscription) Close() error { return nil }
