package dispatch_test

import (
	"context"
	"fmt"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/mem"
)

var Publish = dispatch.Register(publishPost)

func publishPost(ctx context.Context, post string) error {
	fmt.Println("publish", post)
	return nil
}

func ExampleAt() {
	queue := mem.New() // in production: DISPATCH_URL=gcppubsub://projects/P/topics/T
	ctx := dispatch.WithClient(context.Background(), dispatch.New(queue))
	noon := time.Now().Add(10 * time.Millisecond)
	if err := Publish.With(dispatch.At(noon)).Call(ctx, "news"); err != nil {
		fmt.Println(err)
	}
	_ = queue.Wait(ctx) // until the calls have been executed
	// Output: publish news
}
