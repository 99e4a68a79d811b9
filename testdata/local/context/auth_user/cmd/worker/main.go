// The middleware's user is not in the callee's context, so auth.FromContext returns nil and .Name panics.

// Worker executes the calls that the server publishes.
package main

import (
	"context"
	"log"
	"os"
	"os/signal"
	"syscall"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/push"

	_ "example.com/local/context/auth_user/internal/posts"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := push.Run(ctx); err != nil { // want `context value .*internal/auth.key is set only by the main of .*cmd/server, but read by posts.publish, which runs in this callee, where it is not set`
		log.Fatal(err)
	}
}
