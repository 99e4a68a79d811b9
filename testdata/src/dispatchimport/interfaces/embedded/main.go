// Embedded runs a worker that is part of another type.
package main

import (
	"context"

	"example.com/fixtures/src/dispatchimport/interfaces/worker"
)

//dispatch:serves ./src/dispatchimport/images

type app struct{ *worker.Worker }

func main() {
	var services []worker.Runner
	services = append(services, app{worker.New()}) // want `main does not import example.com/fixtures/src/dispatchimport/images: calls of images.scale fail there`
	for _, s := range services {
		_ = s.Run(context.Background())
	}
}
