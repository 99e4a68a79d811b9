package main

import (
	"context"
	"log"

	"github.com/spf13/cobra"

	"example.com/local/cobra/right_onstart/pay"
)

type serveOptions struct{ key string }

func (o *serveOptions) run(cmd *cobra.Command, args []string) error {
	pay.API = pay.HTTPClient{Key: o.key}
	return pay.Refund.Call(cmd.Context(), "ch_1")
}

func main() {
	var o serveOptions
	serve := &cobra.Command{Use: "serve", RunE: o.run}
	serve.Flags().StringVar(&o.key, "key", "sk_test", "API key")
	root := &cobra.Command{Use: "server"}
	root.AddCommand(serve)
	if err := root.ExecuteContext(context.Background()); err != nil {
		log.Fatal(err)
	}
}
