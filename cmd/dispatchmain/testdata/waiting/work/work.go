// Package work has a function that waits until it is told to end.
package work

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

var Wait = dispatch.Register(wait)

// wait ends well when its process is asked to end, if it heeds that.
func wait(ctx context.Context, heeds bool) error {
	asked := make(chan os.Signal, 1)
	if heeds {
		signal.Notify(asked, syscall.SIGTERM)
	}
	fmt.Println("waiting in", os.Getpid())
	select {
	case <-asked:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
