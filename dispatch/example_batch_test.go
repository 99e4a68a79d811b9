package dispatch_test

import (
	"context"
	"fmt"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/mem"
)

var Remind = dispatch.Register(remind)

func remind(ctx context.Context, user string) error {
	fmt.Println("remind", user)
	return nil
}

func ExampleBatch() {
	queue := mem.New() // in production: DISPATCH_URL=gcppubsub://projects/P/topics/T
	ctx := dispatch.WithClient(context.Background(), dispatch.New(queue))
	err := dispatch.Batch(ctx, func(ctx context.Context) error {
		for _, user := range []string{"ann", "bob", "eve"} {
			if err := Remind.Call(ctx, user); err != nil { // returns once it is queued
				return err
			}
		}
		return nil
	})
	if err != nil {
		fmt.Println(err) // names each call that the queue rejected
	}
	_ = queue.Wait(ctx) // until the calls have been executed
	// Unordered output:
	// remind ann
	// remind bob
	// remind eve
}
