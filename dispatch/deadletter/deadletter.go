// Package deadletter keeps messages that no further delivery will execute, together with
// the reason. An entrypoint that has a [Sink] acknowledges such a message once the sink
// has stored it, and never before.
//
// After you have fixed the cause, [ReplayDir] and [Replay] publish the letters to the
// queue again.
package deadletter

import (
	"context"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

// A Letter is a message that will not be retried: its last delivery, unchanged, and the
// reason.
type Letter struct {
	transport.Delivery

	// Reason is the error of the delivery. It contains no argument, unless the function
	// put one into its own error.
	Reason string
}

// A Sink keeps letters.
type Sink interface {
	// Park stores l. It must return nil only if l is stored durably, because the message
	// is acknowledged then. It must not change l. Park may be called concurrently, and
	// again for a message that was already parked.
	Park(ctx context.Context, l *Letter) error
}

// Func makes a [Sink] from a function.
type Func func(ctx context.Context, l *Letter) error

// Park calls f.
func (f Func) Park(ctx context.Context, l *Letter) error { return f(ctx, l) }

// [Topic] adds these attributes to the attributes of the message.
const (
	// AttrReason is the reason, truncated to 1,024 bytes.
	AttrReason = "dispatch-reason"
	// AttrAttempt is the number of the last attempt. It is missing if the queue did not
	// report it.
	AttrAttempt = "dispatch-attempt"
	// AttrPublished is when the message was published, in the format of RFC 3339. It is
	// missing if the queue did not report it.
	AttrPublished = "dispatch-published"
	// AttrOrdering is the ordering key of the message. It is missing if there is none.
	AttrOrdering = "dispatch-ordering"
)

// timeLayout is RFC 3339 with all nine digits of the nanoseconds, so that file names that
// begin with it sort by time.
const timeLayout = "2006-01-02T15:04:05.000000000Z07:00"

func formatTime(t time.Time) string { return t.UTC().Format(timeLayout) }
