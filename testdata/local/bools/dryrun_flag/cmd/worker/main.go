// DryRun is false in the worker, so with -dry-run on the server the card is charged for real.

// Worker executes the calls that the server publishes.
package main

import (
	"context"
	"log"
	"os"
	"os/signal"
	"syscall"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/push"

	_ "example.com/local/bools/dryrun_flag/internal/billing"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := push.Run(ctx); err != nil { // want `billing.DryRun is set only by the main of .*cmd/server, but read by billing.charge, which runs in this callee, where it is false`
		log.Fatal(err)
	}
}
