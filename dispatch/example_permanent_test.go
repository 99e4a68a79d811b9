package dispatch_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/mem"
)

var Import = dispatch.Register(importFile)

func importFile(ctx context.Context, path string) error {
	if path == "" {
		return dispatch.Permanent(errors.New("the path is empty")) // no retry
	}
	return nil
}

func ExamplePermanent() {
	queue := mem.New() // in production: DISPATCH_URL=gcppubsub://projects/P/topics/T
	ctx := dispatch.WithClient(context.Background(), dispatch.New(queue, dispatch.Local(entrypoint.Logger(slog.New(slog.DiscardHandler)))))
	if err := Import.Call(ctx, ""); err != nil {
		fmt.Println(err)
	}
	_ = queue.Wait(ctx) // until the calls have been executed
	fmt.Println(len(queue.DeadLetters()), "dead letter")
	// Output: 1 dead letter
}
