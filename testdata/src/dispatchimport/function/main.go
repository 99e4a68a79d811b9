// Command function is an entrypoint on AWS Lambda. It serves one package, and handles other
// events, too.
package main

import (
	"context"
	"encoding/json"

	aws "github.com/aws/aws-lambda-go/lambda"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/lambda"

	_ "example.com/fixtures/src/dispatchimport/mail"
)

//dispatch:serves ./src/dispatchimport/mail ./src/dispatchimport/images

func main() {
	calls := lambda.NewHandler() // want `main does not import example.com/fixtures/src/dispatchimport/images`
	aws.Start(func(ctx context.Context, event json.RawMessage) (json.RawMessage, error) {
		return calls.Invoke(ctx, event)
	})
}
