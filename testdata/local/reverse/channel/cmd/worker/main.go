package main

import (
	"context"
	"log"
	"os/signal"
	"syscall"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/push"

	_ "example.com/local/reverse/channel/internal/jobs"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	if err := push.Run(ctx); err != nil { // want `events.queue is set by events.Emit, which runs in this callee, but read only by the main of .*cmd/server`
		log.Fatal(err)
	}
}
