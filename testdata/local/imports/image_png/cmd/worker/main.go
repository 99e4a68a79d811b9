// Only the server imports image/png, so image.Decode in the worker returns "unknown format".

// Worker executes the calls that the server publishes.
package main

import (
	"context"
	"log"
	"os"
	"os/signal"
	"syscall"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/push"

	_ "example.com/local/imports/image_png/internal/images"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := push.Run(ctx); err != nil { // want `only .*cmd/server imports image/png, but image.Decode in this callee needs what it registers`
		log.Fatal(err)
	}
}
