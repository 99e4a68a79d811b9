package cmd

import (
	"github.com/spf13/cobra"

	"example.com/local/cobra/persistent_prerun/internal/jobs"
)

var file string

var importCmd = &cobra.Command{
	Use: "import",
	RunE: func(cmd *cobra.Command, args []string) error {
		return jobs.Import.Call(cmd.Context(), file)
	},
}

func init() {
	importCmd.Flags().StringVarP(&file, "file", "f", "", "file to import")
	rootCmd.AddCommand(importCmd)
}
