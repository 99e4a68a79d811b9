// Generic passes a service to a function with a type parameter.
package main

import (
	"context"

	"example.com/fixtures/src/dispatchimport/interfaces/worker"
)

//dispatch:serves ./src/dispatchimport/images

func supervise[R worker.Runner](r R) { _ = r.Run(context.Background()) }

func main() {
	supervise(worker.New()) // want `main does not import example.com/fixtures/src/dispatchimport/images: calls of images.scale fail there`
}
