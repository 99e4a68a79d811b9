package main

import (
	"context"
	"log/slog"
	"os"

	"example.com/local/context/logger_in_context/internal/images"
	"example.com/local/context/logger_in_context/internal/logctx"
)

func main() {
	ctx := logctx.Into(context.Background(), slog.New(slog.NewTextHandler(os.Stderr, nil)))
	if err := images.Resize.Call(ctx, "a.jpg"); err != nil {
		logctx.From(ctx).Error("resize", "err", err)
		os.Exit(1)
	}
}
