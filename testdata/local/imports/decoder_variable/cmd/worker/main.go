package main

import (
	"context"
	"log"
	"os/signal"
	"syscall"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/push"

	_ "example.com/local/imports/decoder_variable/internal/pictures"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	if err := push.Run(ctx); err != nil { // want `only .*cmd/server imports image/gif, but image.Decode in this callee needs what it registers` `only .*cmd/server imports image/png`
		log.Fatal(err)
	}
}
