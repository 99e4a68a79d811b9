package dispatch_test

import (
	"context"
	"fmt"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/mem"
)

var FollowUp = dispatch.Register(followUp)

func followUp(ctx context.Context, lead string) error {
	fmt.Println("follow up on", lead)
	return nil
}

func ExampleDelay() {
	queue := mem.New() // in production: DISPATCH_URL=gcppubsub://projects/P/topics/T
	ctx := dispatch.WithClient(context.Background(), dispatch.New(queue))
	if err := FollowUp.With(dispatch.Delay(10*time.Millisecond)).Call(ctx, "ann"); err != nil {
		fmt.Println(err) // the queue cannot delay calls, as Pub/Sub
	}
	_ = queue.Wait(ctx) // until the calls have been executed
	// Output: follow up on ann
}
