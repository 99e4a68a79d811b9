package dispatch_test

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/mem"
)

var Render = dispatch.Register(render, dispatch.Timeout(10*time.Millisecond))

func render(ctx context.Context) error {
	<-ctx.Done()
	fmt.Println(context.Cause(ctx))
	return dispatch.Permanent(ctx.Err())
}

func ExampleTimeout() {
	queue := mem.New() // in production: DISPATCH_URL=gcppubsub://projects/P/topics/T
	ctx := dispatch.WithClient(context.Background(), dispatch.New(queue, dispatch.Local(entrypoint.Logger(slog.New(slog.DiscardHandler)))))
	if err := Render.Call(ctx); err != nil {
		fmt.Println(err)
	}
	_ = queue.Wait(ctx) // until the calls have been executed
	// Output: timed out after 10ms
}
