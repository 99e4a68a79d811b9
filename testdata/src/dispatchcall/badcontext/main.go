// Badcontext calls before main puts the client into the context.
package main

import (
	"context"
	"log"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/mem"

	"example.com/fixtures/src/dispatchcall/good"
)

func init() { warm() } // want `warm calls good.Make.Call`

func warm() {
	if err := good.Make.Call(context.Background(), "a"); err != nil {
		log.Print(err)
	}
}

func main() {
	ctx := dispatch.WithClient(context.Background(), dispatch.New(mem.New()))
	if err := good.Make.Call(ctx, "b"); err != nil {
		log.Fatal(err)
	}
}
