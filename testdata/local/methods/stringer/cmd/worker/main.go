// The worker logs the configuration through its String method, which only reads it; the URL is empty there.

package main

import (
	"context"
	"log/slog"
	"os"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/pull"

	"example.com/local/methods/stringer/internal/api"
	_ "example.com/local/methods/stringer/internal/items"
)

func main() {
	slog.Info("starting", "client", api.Default.String())
	if err := pull.Run(context.Background()); err != nil { // want `api.Default.baseURL is set only by the main of .*cmd/server, but read by items.fetch, which runs in this callee, where it is ""`
		slog.Error("stopped", "err", err)
		os.Exit(1)
	}
}
