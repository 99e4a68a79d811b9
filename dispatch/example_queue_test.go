package dispatch_test

import (
	"context"
	"fmt"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/mem"
)

// Calls of Archive go to a queue of their own: in Pub/Sub to the topic calls-slow, if
// DISPATCH_URL names the topic calls.
var Archive = dispatch.Register(archive, dispatch.Queue("slow"))

func archive(ctx context.Context, year int) error {
	fmt.Println("archive", year)
	return nil
}

func ExampleQueue() {
	queue := mem.New() // in production: DISPATCH_URL=gcppubsub://projects/P/topics/T
	ctx := dispatch.WithClient(context.Background(), dispatch.New(queue))
	if err := Archive.Call(ctx, 2025); err != nil {
		fmt.Println(err)
	}
	urgent := Archive.With(dispatch.Queue("")) // the client's own queue
	if err := urgent.Call(ctx, 2026); err != nil {
		fmt.Println(err)
	}
	_ = queue.Wait(ctx) // until the calls have been executed
	// Unordered output:
	// archive 2025
	// archive 2026
}
