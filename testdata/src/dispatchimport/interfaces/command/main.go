// Command gets the command that serves from another package.
package main

import (
	"context"

	"example.com/fixtures/src/dispatchimport/interfaces/worker"
)

//dispatch:serves ./src/dispatchimport/images

func main() {
	cmd := worker.NewCommand() // want `main does not import example.com/fixtures/src/dispatchimport/images: calls of images.scale fail there`
	_ = cmd.RunE(context.Background())
}
