// Package deadletter keeps the messages that no further delivery will execute,
// where a person can find them, with the reason. An entrypoint that has a
// [Sink] acknowledges such a message once the sink has it, and never before.
//
// After the repair, [ReplayDir] and [Replay] bring the letters back into the
// queue.
package deadletter

import (
	"context"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

// A Letter is a message that was given up. Its delivery is the one that was the
// last, untouched.
type Letter struct {
	transport.Delivery

	// Reason is the error of the delivery. It holds no argument unless the
	// function put one into its own error.
	Reason string
}

// A Sink keeps letters.
type Sink interface {
	// Park returns nil if and only if l is kept for good: its message is
	// acknowledged then. It may be called from several goroutines, and again
	// for a message that was parked already. It does not change l.
	Park(ctx context.Context, l *Letter) error
}

// Func is a Sink that is a function.
type Func func(ctx context.Context, l *Letter) error

// Park calls f.
func (f Func) Park(ctx context.Context, l *Letter) error { return f(ctx, l) }

// The attributes that a letter has in a queue besides those of its message.
const (
	AttrReason    = "dispatch-reason"    // cut at 1,024 bytes
	AttrAttempt   = "dispatch-attempt"   // of the last delivery; none if the queue did not say
	AttrPublished = "dispatch-published" // when the message was, as RFC 3339 has it; none if the queue did not say
	AttrOrdering  = "dispatch-ordering"  // its ordering key; none if it has none
)

// timeLayout is RFC 3339 with nanoseconds, all of them, so that names that begin
// with it sort by time.
const timeLayout = "2006-01-02T15:04:05.000000000Z07:00"

func format(t time.Time) string { return t.UTC().Format(timeLayout) }
