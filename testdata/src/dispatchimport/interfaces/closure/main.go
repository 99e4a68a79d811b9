// Closure runs a service in a goroutine.
package main

import (
	"context"

	"example.com/fixtures/src/dispatchimport/interfaces/worker"
)

//dispatch:serves ./src/dispatchimport/images

func start(f func() error) { go func() { _ = f() }() }

func main() {
	w := worker.New()
	start(func() error { return w.Run(context.Background()) }) // want `main does not import example.com/fixtures/src/dispatchimport/images: calls of images.scale fail there`
}
