// Package lambda is the entrypoint for AWS Lambda. It executes the calls that an event
// source mapping delivers from an SQS queue, standard or FIFO.
//
//	func main() {
//		if err := lambda.Run(context.Background()); err != nil {
//			log.Fatal(err)
//		}
//	}
//
// Create the mapping with --function-response-types ReportBatchItemFailures. Without it,
// Lambda ignores which calls of a batch have failed, and deletes their messages.
//
// The messages of a batch are executed concurrently, up to [entrypoint.Concurrency]; the
// default is 64. The messages of a group of a FIFO queue are executed in order. After a
// failure, the rest of the group fails without being executed.
//
// A function's context is done 10 seconds before the time-out of the Lambda function, or
// at half of the time that is left if it is less than 20 seconds. So a slow call fails
// alone, not its whole batch.
//
// A failed message is delivered again after a second, then after two, four and so on, up
// to ten minutes: the entrypoint changes its visibility timeout, for which the function's
// role needs sqs:ChangeMessageVisibility. See [KeepVisibility].
package lambda

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/config"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/executor"
)

// concurrency is the default of [entrypoint.Concurrency].
const concurrency = 64

// Run executes the calls that Lambda delivers, with the functions that are registered in
// this process. The contexts of functions derive from ctx. Run returns only if it cannot
// start, with an error: Lambda ends the process.
//
// [entrypoint.Grace], [entrypoint.MaxBody] and [entrypoint.Authenticate] have no effect.
func Run(ctx context.Context, opts ...entrypoint.Option) error {
	e, err := newExecutor(opts)
	if err != nil {
		return fmt.Errorf("dispatch: run on Lambda: %w", err)
	}
	const variable = "AWS_LAMBDA_RUNTIME_API"
	if os.Getenv(variable) == "" {
		return errors.New("dispatch: run on Lambda: " + variable + " is not set (deploy this program to AWS Lambda, or start it under its runtime interface emulator)")
	}
	e.Serving(ctx, "AWS Lambda")
	lambda.StartWithOptions(newHandler(e), lambda.WithContext(ctx))
	return nil
}

// NewHandler returns the handler of [Run]. Pass it to Start of
// github.com/aws/aws-lambda-go/lambda. If the program also handles other events, pass Start
// a function that takes and returns a json.RawMessage, and call [Handler.Invoke] in it: in
// a function that takes a []byte, Start expects base64. NewHandler panics if the value of
// an option is out of range.
func NewHandler(opts ...entrypoint.Option) *Handler {
	return newHandler(executor.Must(newExecutor(opts)))
}

func newExecutor(opts []entrypoint.Option) (*executor.Executor, error) {
	return executor.New(append([]entrypoint.Option{entrypoint.Concurrency(concurrency)}, opts...)...)
}

type option func(*config.Entrypoint[entrypoint.Result]) error

func (f option) Apply(c *config.Entrypoint[entrypoint.Result]) error { return f(c) }

// KeepVisibility does not change the visibility timeout of a failed message. The message is
// then delivered again when the timeout of its queue ends, which should be six times the
// time-out of the Lambda function. By default a failed message is delivered again earlier,
// as the package comment says.
func KeepVisibility() entrypoint.Option {
	return option(func(c *config.Entrypoint[entrypoint.Result]) error {
		c.KeepVisibility = true
		return nil
	})
}
