// Initialized sets a client when a variable is initialized.
package main

import (
	"context"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/mem"

	"example.com/fixtures/src/dispatchimport/reach"
)

var client = use(dispatch.New(mem.New()))

func use(c *dispatch.Client) *dispatch.Client {
	dispatch.Use(c)
	return c
}

func main() { _ = reach.Invite(context.Background()) }
