package dispatch_test

import (
	"context"
	"fmt"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/mem"
)

var Alert = dispatch.Register(alert)

func alert(ctx context.Context, text string) error {
	fmt.Println(text)
	return nil
}

func ExampleExpire() {
	queue := mem.New() // in production: DISPATCH_URL=gcppubsub://projects/P/topics/T
	ctx := dispatch.WithClient(context.Background(), dispatch.New(queue))
	// If no callee has started it within a minute, nobody needs the alert.
	if err := Alert.With(dispatch.Expire(time.Minute)).Call(ctx, "disk full"); err != nil {
		fmt.Println(err)
	}
	_ = queue.Wait(ctx) // until the calls have been executed
	// Output: disk full
}
