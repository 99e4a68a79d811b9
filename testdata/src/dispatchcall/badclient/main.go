// Badclient calls before main sets the client.
package main

import (
	"context"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/mem"

	"example.com/fixtures/src/dispatchcall/good"
)

var first = good.Make.Call(context.Background(), "a") // want `good.Make.Call is called before main starts`

func main() {
	dispatch.Use(dispatch.New(mem.New()))
	_ = first
}
