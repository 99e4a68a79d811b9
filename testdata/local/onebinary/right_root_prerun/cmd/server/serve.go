package main

import (
	"net/http"
	"os"

	"github.com/spf13/cobra"

	"example.com/local/onebinary/right_root_prerun/internal/moderation"
)

func serveCmd() *cobra.Command {
	return &cobra.Command{Use: "serve", RunE: func(cmd *cobra.Command, args []string) error {
		mux := http.NewServeMux()
		mux.HandleFunc("POST /check", check)
		return http.ListenAndServe(":"+os.Getenv("PORT"), mux)
	}}
}

func check(w http.ResponseWriter, r *http.Request) {
	if err := moderation.Check.Call(r.Context(), r.FormValue("text")); err != nil {
		http.Error(w, err.Error(), 500)
	}
}
