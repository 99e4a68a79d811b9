// Package work blocks the callee's start.
package work

import (
	"context"
	"fmt"
	"os"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

func init() {
	if os.Getenv("FUNCTION_TARGET") != "" { // in the callee
		fmt.Println("callee: starting in", os.Getpid())
		select {}
	}
}

// Do is never executed.
var Do = dispatch.Register(do)

func do(context.Context) error { return nil }
