package cli

import (
	"net/http"
	"os"

	"github.com/spf13/cobra"

	"example.com/local/cobra/constructor_flags/internal/storage"
	"example.com/local/cobra/constructor_flags/internal/thumbs"
)

func NewRootCmd() *cobra.Command {
	cmd := &cobra.Command{Use: "app", SilenceUsage: true}
	cmd.AddCommand(newServeCmd())
	return cmd
}

func newServeCmd() *cobra.Command {
	cmd := &cobra.Command{Use: "serve", Args: cobra.NoArgs, RunE: runServe}
	cmd.Flags().StringVar(&storage.Bucket, "bucket", "", "bucket of the pictures")
	_ = cmd.MarkFlagRequired("bucket")
	return cmd
}

func runServe(cmd *cobra.Command, args []string) error {
	http.HandleFunc("POST /thumb", func(w http.ResponseWriter, r *http.Request) {
		if err := thumbs.Make.Call(r.Context(), r.FormValue("path")); err != nil {
			http.Error(w, err.Error(), 500)
		}
	})
	return http.ListenAndServe(":"+os.Getenv("PORT"), nil)
}
