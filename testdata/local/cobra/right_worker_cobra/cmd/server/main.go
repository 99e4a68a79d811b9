package main

import (
	"os"

	"github.com/spf13/cobra"

	"example.com/local/cobra/right_worker_cobra/internal/cmd"
	"example.com/local/cobra/right_worker_cobra/internal/jobs"
)

func main() {
	root := cmd.NewRoot("server")
	var file string
	imp := &cobra.Command{
		Use:  "import",
		RunE: func(cmd *cobra.Command, _ []string) error { return jobs.Import.Call(cmd.Context(), file) },
	}
	imp.Flags().StringVarP(&file, "file", "f", "", "file to import")
	root.AddCommand(imp)
	if root.Execute() != nil {
		os.Exit(1)
	}
}
