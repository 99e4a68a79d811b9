// Command bootstrap is the callee of the tests, as it would be deployed to AWS Lambda. Its
// dead letters go to the queue that JOBS_DEAD names.
package main

import (
	"context"
	"log"
	"os"

	"github.com/cloud-functions-dispatch/go/dispatch/deadletter"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/lambda"
	_ "github.com/cloud-functions-dispatch/go/dispatch/entrypoint/lambda/rie/jobs"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
	_ "github.com/cloud-functions-dispatch/go/dispatch/transport/sqs"
)

func main() {
	dead, err := transport.Open(context.Background(), os.Getenv("JOBS_DEAD"))
	if err == nil {
		err = lambda.Run(context.Background(), entrypoint.DeadLetters(deadletter.Topic(dead)))
	}
	log.Fatal(err)
}
