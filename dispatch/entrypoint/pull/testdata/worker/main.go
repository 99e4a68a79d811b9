// Worker is a callee that pulls. The tests kill it.
package main

import (
	"context"
	"log"
	"os"
	"os/signal"
	"syscall"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/pull"
	_ "github.com/cloud-functions-dispatch/go/dispatch/internal/killtest/work"
	_ "github.com/cloud-functions-dispatch/go/dispatch/transport/gcppubsub"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := pull.Run(ctx, entrypoint.Concurrency(16)); err != nil {
		log.Fatal(err)
	}
}
