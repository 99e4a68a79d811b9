package dispatch_test

import (
	"context"
	"fmt"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/mem"
)

var Scale = dispatch.Register(scale)

func scale(ctx context.Context, factor float64) error { return nil }

func ExamplePublishing() {
	// A middleware of the caller sees each message before it is published.
	count := func(next transport.Publisher) transport.Publisher {
		return func(ctx context.Context, m *transport.Message) error {
			fmt.Printf("publish %s\n", m.Data)
			return next(ctx, m)
		}
	}
	queue := mem.New()
	ctx := dispatch.WithClient(context.Background(), dispatch.New(queue, dispatch.Publishing(count)))
	if err := Scale.Call(ctx, 1.5); err != nil {
		fmt.Println(err)
	}
	// Output: publish [1.5]
}
