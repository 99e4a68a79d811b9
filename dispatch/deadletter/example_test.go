package deadletter_test

import (
	"context"
	"log"

	"github.com/cloud-functions-dispatch/go/dispatch/deadletter"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/push"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

// Calls that failed permanently are published to a topic of their own, and acknowledged.
// Import the transport for its scheme, as in the caller.
func ExampleTopic() {
	ctx := context.Background()
	dead, err := transport.Open(ctx, "gcppubsub://projects/P/topics/calls-dead")
	if err != nil {
		log.Fatal(err)
	}
	if err := push.Run(ctx, entrypoint.DeadLetters(deadletter.Topic(dead))); err != nil {
		log.Fatal(err)
	}
}
