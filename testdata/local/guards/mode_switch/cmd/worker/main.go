// The mode is empty in the worker, so the switch ends in its default and returns an error.

// Command worker pulls calls from DISPATCH_SUBSCRIPTION.
package main

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/pull"

	_ "example.com/local/guards/mode_switch/internal/payments"
)

func main() {
	if err := run(); err != nil {
		slog.Error("worker stopped", "err", err)
		os.Exit(1)
	}
}

func run() error {
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer cancel()
	return pull.Run(ctx, entrypoint.Concurrency(8), entrypoint.Timeout(time.Minute)) // want `payments.mode is set only by the main of .*cmd/server, but read by payments.charge, which runs in this callee, where it is ""`
}
