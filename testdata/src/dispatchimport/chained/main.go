// Command chained is an entrypoint on AWS Lambda for a function that makes a call.
package main

import (
	"context"
	"log"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/lambda"

	_ "example.com/fixtures/src/dispatchimport/steps"
)

//dispatch:serves ./src/dispatchimport/steps

func main() {
	log.Fatal(lambda.Run(context.Background())) // want `main serves steps.first, which can make calls, but links no transport: the calls fail \(import _ "github.com/cloud-functions-dispatch/go/dispatch/transport/sqs", or set a client with dispatch.Use\)`
}
