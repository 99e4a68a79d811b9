package main

import (
	"context"
	"log/slog"
	"os"

	"example.com/local/holders/right_both_lambda/internal/bootstrap"
	"example.com/local/holders/right_both_lambda/internal/tasks"
)

func main() {
	bootstrap.Setup()
	if err := tasks.Welcome.Call(context.Background(), "bob"); err != nil {
		slog.Error("welcome", "error", err)
		os.Exit(1)
	}
}
