// SMTP_HOST is set by the server for its own process; in the worker it is empty and the dial fails.

// Worker executes the calls that the server publishes.
package main

import (
	"context"
	"log"
	"os"
	"os/signal"
	"syscall"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/push"

	_ "example.com/local/env/setenv_main/internal/mail"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := push.Run(ctx); err != nil { // want `environment variable SMTP_HOST is set only by the main of .*cmd/server, but read by mail.send, which runs in this callee, where it is not set`
		log.Fatal(err)
	}
}
