// The worker has a cobra command of its own whose PersistentPreRunE opens the database.

package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/push"
	"github.com/spf13/cobra"

	"example.com/local/cobra/right_worker_cobra/internal/cmd"
	_ "example.com/local/cobra/right_worker_cobra/internal/jobs"
)

func main() {
	root := cmd.NewRoot("worker")
	root.RunE = func(cmd *cobra.Command, _ []string) error {
		ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		return push.Run(ctx)
	}
	if root.ExecuteContext(context.Background()) != nil {
		os.Exit(1)
	}
}
