package dispatch_test

import (
	"context"
	"fmt"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/mem"
)

var Pay = dispatch.Register(pay)

func pay(ctx context.Context, order int) error {
	call, _ := dispatch.FromContext(ctx)
	fmt.Println(call.ID) // the same on each delivery, and for both calls below
	return nil
}

func ExampleID() {
	queue := mem.New() // in production: DISPATCH_URL=gcppubsub://projects/P/topics/T
	ctx := dispatch.WithClient(context.Background(), dispatch.New(queue))
	for range 2 { // a client that retried its request
		if err := Pay.With(dispatch.ID("order-17-paid")).Call(ctx, 17); err != nil {
			fmt.Println(err)
		}
	}
	_ = queue.Wait(ctx) // until the calls have been executed
	// Output:
	// order-17-paid
	// order-17-paid
}
