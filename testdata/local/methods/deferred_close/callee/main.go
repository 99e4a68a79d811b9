// The worker defers pool.Close, which only clears the pool after it has stopped serving; nobody there opens it.

package main

import (
	"context"
	"log"
	"os"
	"os/signal"
	"syscall"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/push"

	_ "example.com/local/methods/deferred_close/jobs"
	"example.com/local/methods/deferred_close/queue"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	defer queue.Default.Close()
	if err := push.Run(ctx); err != nil { // want `queue.Default.conns is set only by the main of .*server, but read by jobs.forward, which runs in this callee, where it is nil`
		log.Println(err)
	}
}
