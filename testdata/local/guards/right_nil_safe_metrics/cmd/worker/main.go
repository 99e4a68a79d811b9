// The metrics are nil in the worker; their methods accept a nil receiver and do nothing.

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

	_ "example.com/local/guards/right_nil_safe_metrics/internal/images"
)

func main() {
	logger := slog.New(slog.NewTextHandler(os.Stderr, nil))
	mux := http.NewServeMux()
	mux.Handle("POST /", push.NewHandler(entrypoint.Logger(logger), entrypoint.Concurrency(16)))
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
