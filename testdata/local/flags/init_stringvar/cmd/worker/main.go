// The worker never calls flag.Parse, so host is "" although it is started with the flag, and the dial fails.

// Worker executes the calls that the server publishes.
package main

import (
	"context"
	"log"
	"os"
	"os/signal"
	"syscall"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/push"

	_ "example.com/local/flags/init_stringvar/internal/mail"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := push.Run(ctx); err != nil { // want `mail.host is set only by the main of .*cmd/server, but read by mail.send, which runs in this callee, where it is ""`
		log.Fatal(err)
	}
}
