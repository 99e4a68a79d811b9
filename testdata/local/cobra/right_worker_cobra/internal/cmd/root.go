package cmd

import (
	"github.com/spf13/cobra"

	"example.com/local/cobra/right_worker_cobra/internal/db"
)

// NewRoot returns a root command that connects to the database.
func NewRoot(use string) *cobra.Command {
	var url string
	c := &cobra.Command{
		Use:               use,
		PersistentPreRunE: func(*cobra.Command, []string) error { return db.Connect(url) },
	}
	c.PersistentFlags().StringVar(&url, "database", "postgres://localhost/app", "URL of the database")
	return c
}
