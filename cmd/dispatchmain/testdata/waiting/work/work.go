// Package work has a function that waits until it is told to end.
package work

import (
	"context"
	"fmt"
	"os"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

var Wait = dispatch.Register(wait)

func wait(ctx context.Context) error {
	fmt.Println("waiting in", os.Getpid())
	<-ctx.Done()
	return ctx.Err()
}
