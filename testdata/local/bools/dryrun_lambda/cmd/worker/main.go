// DryRun is false in the worker, so with -dry-run on the server the card is charged for real.

// Worker executes the calls that Lambda delivers.
package main

import (
	"context"
	"log"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/lambda"

	_ "example.com/local/bools/dryrun_lambda/internal/billing"
)

func main() {
	if err := lambda.Run(context.Background()); err != nil { // want `billing.DryRun is set only by the main of .*cmd/server, but read by billing.charge, which runs in this callee, where it is false`
		log.Fatal(err)
	}
}
