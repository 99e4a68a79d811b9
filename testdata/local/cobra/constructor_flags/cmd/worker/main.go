// newRootCmd binds the flag to storage.Bucket in the server's process; the worker's bucket has no name.

// Command worker is the Cloud Run service behind the push subscription.
package main

import (
	"cmp"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/push"

	_ "example.com/local/cobra/constructor_flags/internal/thumbs"
)

func main() {
	logger := slog.New(slog.NewTextHandler(os.Stderr, nil))
	mux := http.NewServeMux()
	mux.Handle("POST /", push.NewHandler(entrypoint.Logger(logger), entrypoint.Concurrency(16))) // want `storage.Bucket is set only by the main of .*cmd/server, but read by thumbs.makeThumb, which runs in this callee, where it is ""`
	srv := &http.Server{
		Addr:              ":" + cmp.Or(os.Getenv("PORT"), "8080"),
		Handler:           mux,
		ReadHeaderTimeout: 5 * time.Second,
	}
	logger.Info("listening", "addr", srv.Addr)
	if err := srv.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		logger.Error("serve", "err", err)
		os.Exit(1)
	}
}
