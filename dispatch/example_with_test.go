package dispatch_test

import (
	"context"
	"fmt"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/mem"
)

var Charge = dispatch.Register(charge)

func charge(ctx context.Context, order string) error {
	call, _ := dispatch.FromContext(ctx)
	fmt.Printf("charge order %s, as call %s\n", order, call.ID)
	return nil
}

func ExampleFunc_With() {
	queue := mem.New() // in production: DISPATCH_URL=gcppubsub://projects/P/topics/T
	ctx := dispatch.WithClient(context.Background(), dispatch.New(queue))
	once := Charge.With(dispatch.ID("order-17-paid"), dispatch.OrderingKey("customer-5"))
	if err := once.Call(ctx, "17"); err != nil {
		fmt.Println(err)
	}
	_ = queue.Wait(ctx) // until the calls have been executed
	// Output: charge order 17, as call order-17-paid
}
