// Goodmain calls before main starts. No callee runs its init.
package main

import (
	"context"

	"example.com/fixtures/src/dispatchcall/good"
)

var first = good.Make.Call(context.Background(), "a")

func init() {
	if err := good.Make.Call(context.Background(), "b"); err != nil {
		panic(err)
	}
}

func main() { _ = first }
