// Asserted finds out at run time which of its parts run.
package main

import (
	"context"

	"example.com/fixtures/src/dispatchimport/interfaces/worker"
)

//dispatch:serves ./src/dispatchimport/images

type part interface{ String() string }

func main() {
	for _, p := range []part{worker.New()} { // want `main does not import example.com/fixtures/src/dispatchimport/images: calls of images.scale fail there`
		if r, ok := p.(worker.Runner); ok {
			_ = r.Run(context.Background())
		}
	}
}
