// Noclient makes a call without a client.
package main

import (
	"context"

	"example.com/fixtures/src/dispatchimport/reach"
)

func main() { // want `the program can make calls, but links no transport: the calls fail \(import _ "github.com/cloud-functions-dispatch/go/dispatch/transport/gcppubsub", or set a client with dispatch.Use\)`
	run(reach.Invite)
}

func run(f func(context.Context) error) { _ = f(context.Background()) }
