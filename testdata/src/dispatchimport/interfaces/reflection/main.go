// Reflection gives a framework a struct of commands.
package main

import (
	"context"

	"example.com/fixtures/src/dispatchimport/interfaces/worker"
)

//dispatch:serves ./src/dispatchimport/images

type cli struct {
	Work worker.Worker
}

func parse(v any) { _ = context.Background() }

func main() {
	parse(&cli{}) // want `main does not import example.com/fixtures/src/dispatchimport/images: calls of images.scale fail there`
}
