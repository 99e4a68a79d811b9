// Badmain registers in package main, and imports two packages that register the same
// name.
package main

import (
	"context"

	"github.com/cloud-functions-dispatch/go/dispatch"

	"example.com/fixtures/src/dispatchregister/other"
	_ "example.com/fixtures/src/dispatchregister/twin" // want `other.send of example.com/fixtures/src/dispatchregister/other and twin.send of example.com/fixtures/src/dispatchregister/twin are both registered as "mail.send"`
)

var Run = dispatch.Register(run) // want `main.run is registered in package main: the callee cannot import it`

func run(context.Context) error { return nil }

func main() { _ = other.Send.Call(context.Background(), "x") }
