package cmd

import (
	"os"

	"github.com/spf13/cobra"

	"example.com/local/cobra/persistent_prerun/internal/db"
)

var databaseURL string

var rootCmd = &cobra.Command{
	Use:   "app",
	Short: "app imports files",
	PersistentPreRunE: func(cmd *cobra.Command, args []string) error {
		return db.Connect(databaseURL)
	},
}

func init() {
	rootCmd.PersistentFlags().StringVar(&databaseURL, "database", "postgres://localhost/app", "URL of the database")
}

func Execute() {
	if err := rootCmd.Execute(); err != nil {
		os.Exit(1)
	}
}
