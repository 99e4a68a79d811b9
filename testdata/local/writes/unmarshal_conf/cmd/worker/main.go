// The server decodes its JSON file into &app.Conf; in the worker Conf.Queue is empty.

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

	_ "example.com/local/writes/unmarshal_conf/internal/forward"
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
	return pull.Run(ctx, entrypoint.Concurrency(8), entrypoint.Timeout(time.Minute)) // want `app.Conf.Retries is set only by the main of .*cmd/server, but read by forward.forward, which runs in this callee, where it is 0`
}
