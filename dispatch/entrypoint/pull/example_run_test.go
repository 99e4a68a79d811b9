package pull_test

import (
	"context"
	"log"
	"os/signal"
	"syscall"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/pull"
	_ "github.com/cloud-functions-dispatch/go/dispatch/transport/gcppubsub" // for DISPATCH_SUBSCRIPTION
	// Import the packages with your functions here, as dispatchmain generate does.
)

func ExampleRun() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	if err := pull.Run(ctx, entrypoint.Grace(30*time.Second)); err != nil {
		log.Fatal(err)
	}
}
