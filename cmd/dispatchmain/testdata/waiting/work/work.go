// Package work has a function that waits until it is asked to end.
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

// wait waits until ctx is done. If onSIGTERM is true, it also returns when its process
// gets SIGTERM, without an error.
func wait(ctx context.Context, onSIGTERM bool) error {
	asked := make(chan os.Signal, 1)
	if onSIGTERM {
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
