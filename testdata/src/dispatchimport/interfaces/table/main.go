// Table chooses a service by its name.
package main

import (
	"context"
	"os"

	"example.com/fixtures/src/dispatchimport/interfaces/worker"
)

//dispatch:serves ./src/dispatchimport/images

var services = map[string]worker.Runner{
	"worker": worker.New(), // want `main does not import example.com/fixtures/src/dispatchimport/images: calls of images.scale fail there`
}

func main() { _ = services[os.Args[1]].Run(context.Background()) }
