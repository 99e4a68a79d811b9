// The root command's PersistentPreRun loads the rules for each subcommand.

package main

import (
	"context"
	"os"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/push"
	"github.com/spf13/cobra"

	"example.com/local/onebinary/right_root_prerun/internal/rules"
)

func main() {
	root := &cobra.Command{
		Use:              "moderator",
		PersistentPreRun: func(*cobra.Command, []string) { rules.Load("spam", "scam") },
	}
	worker := &cobra.Command{Use: "worker", RunE: func(cmd *cobra.Command, args []string) error {
		return push.Run(cmd.Context())
	}}
	root.AddCommand(serveCmd(), worker)
	if err := root.ExecuteContext(context.Background()); err != nil {
		os.Exit(1)
	}
}
