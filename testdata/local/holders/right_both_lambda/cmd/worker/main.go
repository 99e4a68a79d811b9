// Both mains call the same setup, so the worker's app has its mailer.

package main

import (
	"context"
	"log/slog"
	"os"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/lambda"

	"example.com/local/holders/right_both_lambda/internal/bootstrap"
	_ "example.com/local/holders/right_both_lambda/internal/tasks"
)

func main() {
	bootstrap.Setup()
	if err := lambda.Run(context.Background()); err != nil {
		slog.Error("worker", "error", err)
		os.Exit(1)
	}
}
