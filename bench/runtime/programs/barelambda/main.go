// Barelambda is a function for AWS Lambda without dispatch.
package main

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"
)

func main() {
	lambda.Start(func(_ context.Context, name string) (string, error) { return "hello " + name, nil })
}
