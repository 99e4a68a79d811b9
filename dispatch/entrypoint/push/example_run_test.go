package push_test

import (
	"context"
	"log"
	"os/signal"
	"syscall"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/push"
	// Import the packages with your functions here, as dispatchmain generate does.
)

func ExampleRun() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	if err := push.Run(ctx, entrypoint.Concurrency(50)); err != nil { // on PORT
		log.Fatal(err)
	}
}
