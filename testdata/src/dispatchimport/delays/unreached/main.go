// Unreached links a package that delays calls, but never does.
package main

import (
	"context"

	_ "github.com/cloud-functions-dispatch/go/dispatch/transport/gcppubsub"

	"example.com/fixtures/src/dispatchimport/delays/later"
)

func main() { _ = later.Now(context.Background()) }
