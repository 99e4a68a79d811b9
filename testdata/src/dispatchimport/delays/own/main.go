// Own has a middleware that delays messages itself.
package main

import (
	"context"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
	_ "github.com/cloud-functions-dispatch/go/dispatch/transport/gcppubsub"

	"example.com/fixtures/src/dispatchimport/delays/later"
)

func schedule(next transport.Publisher) transport.Publisher {
	return func(ctx context.Context, m *transport.Message) error {
		if !m.NotBefore.IsZero() {
			return nil // the message is stored, and published when it is due
		}
		return next(ctx, m)
	}
}

func main() {
	queue, err := transport.Open(context.Background(), "gcppubsub://projects/p/topics/t")
	if err != nil {
		return
	}
	dispatch.Use(dispatch.New(queue, dispatch.Publishing(schedule)))
	_ = later.Remind(context.Background())
}
