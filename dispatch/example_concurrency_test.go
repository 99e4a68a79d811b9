package dispatch_test

import (
	"context"
	"fmt"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/mem"
)

// At most two calls of Encode run in one callee at a time.
var Encode = dispatch.Register(encode, dispatch.Concurrency(2))

func encode(ctx context.Context, video string) error {
	fmt.Println("encode", video)
	return nil
}

func ExampleConcurrency() {
	queue := mem.New() // in production: DISPATCH_URL=gcppubsub://projects/P/topics/T
	ctx := dispatch.WithClient(context.Background(), dispatch.New(queue))
	if err := Encode.Call(ctx, "a.mov"); err != nil {
		fmt.Println(err)
	}
	_ = queue.Wait(ctx) // until the calls have been executed
	// Output: encode a.mov
}
