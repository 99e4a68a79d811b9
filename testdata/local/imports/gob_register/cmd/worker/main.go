// The events' package calls gob.Register in its init; the worker does not import it, so decoding an interface value fails.

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

	_ "example.com/local/imports/gob_register/internal/handle"
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
	return pull.Run(ctx, entrypoint.Concurrency(8), entrypoint.Timeout(time.Minute)) // want `only .*cmd/server imports .*internal/events, but gob.Decode in this callee needs what it registers`
}
