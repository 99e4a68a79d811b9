// Stuck is a program whose callee never starts.
package main

import (
	"context"
	"log"

	_ "github.com/cloud-functions-dispatch/go/dispatch/transport/gcppubsub"

	"github.com/cloud-functions-dispatch/go/cmd/dispatchmain/testdata/stuck/work"
)

func main() {
	if err := work.Do.Call(context.Background()); err != nil {
		log.Fatal(err)
	}
}
