package dispatch_test

import (
	"context"
	"fmt"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/mem"
)

var Apply = dispatch.Register(apply)

func apply(ctx context.Context, change string) error {
	fmt.Println(change)
	return nil
}

func ExampleOrderingKey() {
	queue := mem.New() // in production: DISPATCH_URL=gcppubsub://projects/P/topics/T
	ctx := dispatch.WithClient(context.Background(), dispatch.New(queue))
	account := Apply.With(dispatch.OrderingKey("account-5"))
	for _, change := range []string{"open", "deposit", "close"} {
		if err := account.Call(ctx, change); err != nil {
			fmt.Println(err)
		}
	}
	_ = queue.Wait(ctx) // until the calls have been executed
	// Output:
	// open
	// deposit
	// close
}
