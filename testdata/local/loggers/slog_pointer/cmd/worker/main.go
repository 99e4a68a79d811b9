// Log is a nil *slog.Logger in the worker, so Log.Info panics.

// Worker executes the calls that the server publishes.
package main

import (
	"context"
	"log"
	"os"
	"os/signal"
	"syscall"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/push"

	_ "example.com/local/loggers/slog_pointer/internal/mail"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := push.Run(ctx); err != nil { // want `mail.Log is set only by the main of .*cmd/server, but read by mail.send, which runs in this callee, where it is nil`
		log.Fatal(err)
	}
}
