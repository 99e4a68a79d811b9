// Badmain is a callee that calls before main starts.
package main

import (
	"context"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/pull"

	"example.com/fixtures/src/dispatchcall/good"
)

func init() {
	_ = good.Make.Call(context.Background(), "a") // want `good.Make.Call is called before main starts`
}

func main() { _ = pull.Run(context.Background()) }
