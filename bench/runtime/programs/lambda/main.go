// Lambda executes calls on AWS Lambda.
package main

import (
	"context"
	"log"

	_ "github.com/cloud-functions-dispatch/go/bench/runtime/programs/greet"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/lambda"
)

func main() {
	log.Fatal(lambda.Run(context.Background()))
}
