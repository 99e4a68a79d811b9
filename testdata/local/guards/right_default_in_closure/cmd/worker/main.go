// Agent is empty in the worker, which then takes a default.

// Worker executes the calls that the server publishes.
package main

import (
	"context"
	"log"
	"os"
	"os/signal"
	"syscall"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/push"

	_ "example.com/local/guards/right_default_in_closure/internal/fetch"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := push.Run(ctx); err != nil {
		log.Fatal(err)
	}
}
