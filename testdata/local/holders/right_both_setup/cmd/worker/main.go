// Both mains call the same setup, so the worker's app has its mailer.

package main

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/pull"

	"example.com/local/holders/right_both_setup/internal/bootstrap"
	_ "example.com/local/holders/right_both_setup/internal/tasks"
)

func main() {
	bootstrap.Setup()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := pull.Run(ctx); err != nil {
		slog.Error("worker", "error", err)
		os.Exit(1)
	}
}
