// logctx.From asserts the type of the context's logger without ok, which panics in the callee.

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

	_ "example.com/local/context/logger_in_context/internal/images"
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
	return pull.Run(ctx, entrypoint.Concurrency(8), entrypoint.Timeout(time.Minute)) // want `context value .*internal/logctx.key is set only by the main of .*cmd/server, but read by images.resize, which runs in this callee, where it is not set`
}
