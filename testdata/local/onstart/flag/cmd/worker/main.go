// OnStart reads a flag that only the server's main declares and parses; the client in the worker has no endpoint.

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

	_ "example.com/local/onstart/flag/internal/geo"
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
	return pull.Run(ctx, entrypoint.Concurrency(8), entrypoint.Timeout(time.Minute)) // want `geo.Endpoint is set only by the main of .*cmd/server, but read by geo.start, which runs in this callee, where it is ""`
}
