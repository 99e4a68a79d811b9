// Cloudtasks links a transport that delays calls.
package main

import (
	"context"

	_ "github.com/cloud-functions-dispatch/go/dispatch/transport/cloudtasks"
	_ "github.com/cloud-functions-dispatch/go/dispatch/transport/gcppubsub"

	"example.com/fixtures/src/dispatchimport/delays/later"
)

func main() { _ = later.Remind(context.Background()) }
