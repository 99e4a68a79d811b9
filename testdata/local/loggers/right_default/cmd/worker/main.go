// Log is slog.Default until a main replaces it.

// Worker executes the calls that the server publishes.
package main

import (
	"context"
	"log"
	"os"
	"os/signal"
	"syscall"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/push"

	_ "example.com/local/loggers/right_default/internal/mail"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := push.Run(ctx); err != nil {
		log.Fatal(err)
	}
}
