package main

import (
	"context"

	"github.com/spf13/cobra"
)

func main() { cobra.CheckErr(rootCmd.ExecuteContext(context.Background())) }
