// The server's main assigns pkg.DB and err in one statement; DB is nil in the worker.

// Worker executes the calls that the server publishes.
package main

import (
	"context"
	"log"
	"os"
	"os/signal"
	"syscall"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/push"

	_ "example.com/local/writes/multi_assign/internal/orders"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := push.Run(ctx); err != nil { // want `orders.DB is set only by the main of .*cmd/server, but read by orders.save, which runs in this callee, where it is nil`
		log.Fatal(err)
	}
}
