// Loop runs its services in a loop.
package main

import (
	"context"

	"example.com/fixtures/src/dispatchimport/interfaces/worker"
)

//dispatch:serves ./src/dispatchimport/images

type runnable interface {
	Run(ctx context.Context) error
}

type web struct{}

func (web) Run(ctx context.Context) error { return nil }

func main() {
	for _, r := range []runnable{web{}, worker.New()} { // want `main does not import example.com/fixtures/src/dispatchimport/images: calls of images.scale fail there`
		_ = r.Run(context.Background())
	}
}
