package main

import (
	"encoding/json"
	"os"

	"github.com/spf13/cobra"

	"example.com/local/cobra/oninitialize/config"
	"example.com/local/cobra/oninitialize/mail"
)

var cfgFile string

var rootCmd = &cobra.Command{
	Use:  "server",
	RunE: func(cmd *cobra.Command, _ []string) error { return mail.Send.Call(cmd.Context(), "ann") },
}

func init() {
	cobra.OnInitialize(initConfig)
	rootCmd.PersistentFlags().StringVar(&cfgFile, "config", "", "config file")
}

func initConfig() {
	config.C.From = "ops@example.com"
	if cfgFile == "" {
		return
	}
	if b, err := os.ReadFile(cfgFile); err == nil {
		cobra.CheckErr(json.Unmarshal(b, &config.C))
	}
}
