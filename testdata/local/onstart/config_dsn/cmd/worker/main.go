// OnStart opens the database with config.DSN, which is empty in the worker: each delivery fails with ReasonStart.

// Worker executes the calls that the server publishes.
package main

import (
	"context"
	"log"
	"os"
	"os/signal"
	"syscall"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/push"

	_ "example.com/local/onstart/config_dsn/internal/store"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := push.Run(ctx); err != nil { // want `config.DSN is set only by the main of .*cmd/server, but read by a function literal in store.init, which runs in this callee, where it is ""`
		log.Fatal(err)
	}
}
