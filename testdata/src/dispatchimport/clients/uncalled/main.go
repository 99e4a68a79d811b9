// Uncalled has a helper for tests, which it never calls.
package main

import (
	"context"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/mem"

	"example.com/fixtures/src/dispatchimport/clients/setup"
	"example.com/fixtures/src/dispatchimport/reach"
)

func withClient(ctx context.Context) context.Context {
	return dispatch.WithClient(ctx, dispatch.New(mem.New()))
}

func main() { // want `the program can make calls, but sets no client: the calls fail \(pass the client to dispatch.Use\)`
	println(setup.Name())
	_ = reach.Invite(context.Background())
}
