// Unused makes a client, but sets none.
package main

import (
	"context"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/mem"

	"example.com/fixtures/src/dispatchimport/reach"
)

func main() { // want `the program can make calls, but sets no client: the calls fail \(pass the client to dispatch.Use\)`
	c := dispatch.New(mem.New())
	defer c.Close()
	_ = reach.Invite(context.Background())
}
