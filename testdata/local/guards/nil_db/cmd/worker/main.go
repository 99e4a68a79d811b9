// The worker never opens store.DB, so each delivery returns "store: not initialized".

// Worker executes the calls that the server publishes.
package main

import (
	"context"
	"log"
	"os"
	"os/signal"
	"syscall"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/push"

	_ "example.com/local/guards/nil_db/internal/signup"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := push.Run(ctx); err != nil { // want `store.DB is set only by the main of .*cmd/server, but read by signup.storeCustomer, which runs in this callee, where it is nil`
		log.Fatal(err)
	}
}
