package main

import (
	"context"
	"log/slog"
	"os"

	"github.com/spf13/pflag"

	"example.com/local/flags/pflag_set/internal/cleanup"
)

func main() {
	pflag.Parse()
	if err := cleanup.Delete.Call(context.Background(), 3); err != nil {
		slog.Error("cleanup", "err", err)
		os.Exit(1)
	}
}
