// Sqs makes a call over SQS.
package main

import (
	"context"
	"log"

	"github.com/cloud-functions-dispatch/go/bench/runtime/programs/greet"
	_ "github.com/cloud-functions-dispatch/go/dispatch/transport/sqs"
)

func main() {
	if err := greet.Greet.Call(context.Background(), "Ada"); err != nil {
		log.Fatal(err)
	}
}
