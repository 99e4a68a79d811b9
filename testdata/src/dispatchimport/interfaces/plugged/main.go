// Plugged runs the worker of a package and imports what it serves.
package main

import (
	"context"

	_ "example.com/fixtures/src/dispatchimport/images"
	"example.com/fixtures/src/dispatchimport/interfaces/plugin"
)

func main() {
	for _, s := range plugin.Services {
		_ = s.Run(context.Background())
	}
}
