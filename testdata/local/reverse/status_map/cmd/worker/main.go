// The function marks the job as done in the worker's map; the server's map says "running" for ever.

// Worker executes the calls that the server publishes.
package main

import (
	"context"
	"log"
	"os"
	"os/signal"
	"syscall"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/push"

	_ "example.com/local/reverse/status_map/internal/jobs"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := push.Run(ctx); err != nil { // want `jobs.status is set by jobs.Set, which runs in this callee, but read only by the main of .*cmd/server: the caller never sees the change`
		log.Fatal(err)
	}
}
