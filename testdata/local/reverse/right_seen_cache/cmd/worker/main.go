// The function itself reads what it has stored: a second delivery of the same job is skipped.

// Worker executes the calls that the server publishes.
package main

import (
	"context"
	"log"
	"os"
	"os/signal"
	"syscall"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/push"

	_ "example.com/local/reverse/right_seen_cache/internal/jobs"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := push.Run(ctx); err != nil {
		log.Fatal(err)
	}
}
