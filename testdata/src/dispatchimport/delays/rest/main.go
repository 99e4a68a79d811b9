// Rest delays a call in another package, and publishes through the REST API.
package main

import (
	"context"

	_ "github.com/cloud-functions-dispatch/go/dispatch/transport/pubsubrest"

	"example.com/fixtures/src/dispatchimport/delays/later"
)

func main() { // want `the program delays a call \(later.go:13 in example.com/fixtures/src/dispatchimport/delays/later\), but Pub/Sub, its only transport, delays none: the call fails \(leave out dispatch.Delay and dispatch.At, or use cloudtasks\)`
	_ = later.Remind(context.Background())
}
