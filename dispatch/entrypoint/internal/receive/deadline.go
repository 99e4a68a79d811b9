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

// NewExecutor returns an executor with opts. By default its deliveries end before the
// platform stops waiting for the answer.
func NewExecutor(opts ...entrypoint.Option) (*executor.Executor, error) {
	limit := entrypoint.Deadline(deadline(os.Getenv("CLOUD_RUN_TIMEOUT_SECONDS")))
	return executor.New(append([]entrypoint.Option{limit, entrypoint.Concurrency(concurrency)}, opts...)...)
}

const (
	ackDeadline = 600 * time.Second // the most that Pub/Sub waits for the answer to a push
	margin      = 10 * time.Second  // for what comes after the function: parking, and the answer
)

// deadline is how long a delivery may take where Cloud Run waits for the given
// number of seconds; it tells services and functions in an environment variable.
func deadline(seconds string) time.Duration {
	waits := ackDeadline
	if n, err := strconv.Atoi(seconds); err == nil && n > 0 {
		waits = min(waits, time.Duration(n)*time.Second)
	}
	return max(waits-margin, waits/2)
}
