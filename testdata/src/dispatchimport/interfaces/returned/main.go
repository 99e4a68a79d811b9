// Returned runs what a function of another package returns as an interface.
package main

import (
	"context"

	"example.com/fixtures/src/dispatchimport/interfaces/worker"
)

//dispatch:serves ./src/dispatchimport/images

func main() {
	service := worker.NewRunner() // want `main does not import example.com/fixtures/src/dispatchimport/images: calls of images.scale fail there`
	_ = service.Run(context.Background())
}
