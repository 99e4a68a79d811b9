package main

import (
	"os"

	"example.com/local/cobra/constructor_flags/internal/cli"
)

func main() {
	if cli.NewRootCmd().Execute() != nil {
		os.Exit(1)
	}
}
