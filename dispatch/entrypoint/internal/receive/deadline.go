package receive

import (
	"os"
	"strconv"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/executor"
)

// concurrency is the default of [entrypoint.Concurrency] for pushes.
const concurrency = 1000

// NewExecutor returns an executor for pushed calls. By default its deliveries end before
// the platform stops waiting for the answer.
func NewExecutor(opts ...entrypoint.Option) (*executor.Executor, error) {
	limit := entrypoint.Deadline(deadline(os.Getenv("CLOUD_RUN_TIMEOUT_SECONDS")))
	return executor.New(append([]entrypoint.Option{limit, entrypoint.Concurrency(concurrency)}, opts...)...)
}

const (
	ackDeadline = 600 * time.Second // the most that Pub/Sub waits for the answer to a push
	margin      = 10 * time.Second  // for the time after the function: parking, and the answer
)

// deadline returns how long a delivery may take if Cloud Run waits for the given number
// of seconds. seconds is the value of an environment variable, and may be empty.
func deadline(seconds string) time.Duration {
	timeout := ackDeadline
	if n, err := strconv.Atoi(seconds); err == nil && n > 0 {
		timeout = min(timeout, time.Duration(n)*time.Second)
	}
	return max(timeout-margin, timeout/2)
}
