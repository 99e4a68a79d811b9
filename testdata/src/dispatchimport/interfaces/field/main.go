// Field keeps a service in a field.
package main

import (
	"context"

	"example.com/fixtures/src/dispatchimport/interfaces/worker"
)

//dispatch:serves ./src/dispatchimport/images

type app struct {
	name    string
	service worker.Runner
}

func main() {
	a := app{name: "worker"}
	a.service = worker.New() // want `main does not import example.com/fixtures/src/dispatchimport/images: calls of images.scale fail there`
	_ = a.service.Run(context.Background())
}
