package receive

import (
	"os"
	"strconv"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint"
)

// NewExecutor returns an executor whose functions end before the platform gives
// up waiting for the answer.
func NewExecutor(opts ...entrypoint.Option) *entrypoint.Executor {
	timeout := entrypoint.Timeout(timeout(os.Getenv("CLOUD_RUN_TIMEOUT_SECONDS")))
	return entrypoint.New(append([]entrypoint.Option{timeout}, opts...)...)
}

const (
	ackDeadline = 600 * time.Second // the most that Pub/Sub waits for the answer to a push
	margin      = 10 * time.Second  // for what comes after the function: parking, and the answer
)

// timeout is how long a function may run where Cloud Run waits for the given
// number of seconds; it tells services and functions in an environment variable.
func timeout(seconds string) time.Duration {
	deadline := ackDeadline
	if n, err := strconv.Atoi(seconds); err == nil && n > 0 {
		deadline = min(deadline, time.Duration(n)*time.Second)
	}
	return max(deadline-margin, deadline/2)
}
