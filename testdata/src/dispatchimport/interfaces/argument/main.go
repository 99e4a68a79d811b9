// Argument passes a service to a supervisor.
package main

import (
	"context"

	"example.com/fixtures/src/dispatchimport/interfaces/worker"
)

//dispatch:serves ./src/dispatchimport/images

func supervise(ctx context.Context, services ...worker.Runner) {
	for _, s := range services {
		_ = s.Run(ctx)
	}
}

func main() {
	supervise(context.Background(), worker.New()) // want `main does not import example.com/fixtures/src/dispatchimport/images: calls of images.scale fail there`
}
