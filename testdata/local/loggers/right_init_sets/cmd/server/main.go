package main

import (
	"context"
	"os"

	"example.com/local/loggers/right_init_sets/internal/export"
	"example.com/local/loggers/right_init_sets/pkg/logx"
)

func init() { logx.Setup(0) }

func main() {
	if err := export.Export.Call(context.Background(), 12); err != nil {
		logx.L.Infow("failed", "err", err)
		os.Exit(1)
	}
}
