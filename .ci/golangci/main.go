// This program is golangci-lint with the plugin, as `golangci-lint custom` makes
// it.
package main

import (
	"fmt"
	"os"

	"github.com/golangci/golangci-lint/v2/pkg/commands"
	"github.com/golangci/golangci-lint/v2/pkg/exitcodes"

	_ "github.com/cloud-functions-dispatch/go/analyzers/golangci"
)

func main() {
	if err := commands.Execute(commands.BuildInfo{Version: "v2.15.0-dispatch"}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(exitcodes.Failure)
	}
}
