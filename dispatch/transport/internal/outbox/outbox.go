// Package outbox collects messages and sends them in batches. It is for services that take
// several messages in one request.
package outbox

import (
	"context"
	"errors"
	"hash/maphash"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/cloud-functions-dispatch/go/dispatch/transport/internal/service"
)

const (
	// freeRequests is how many requests with messages that have no ordering key are under
	// way at a time.
	freeRequests = 16

	// overhead is added to the size of each waiting message.
	overhead = 1 << 10
)

// SendTimeout limits how long a message waits while the service accepts none. Retries
// by its SDK included, a minute is more than a service needs.
const SendTimeout = time.Minute

// Limits are what a service allows, and what a transport may keep.
type Limits struct {
	Batch         BatchLimits
	KeyedRequests int   // with messages that have ordering keys, under way at a time
	Waiting       int64 // bytes of all messages that have no result yet
}

// A Letter is a message in an outbox.
type Letter[M any] struct {
	Message M
	Size    int    // in bytes
	Key     string // the ordering key
	Ended   func() // is called when there is a result, or when Add returns an error

	weight   int64
	room     *semaphore.Weighted // has the weight
	enqueued time.Time
	send     *service.Send
}

// An Outbox sends messages in batches. Messages with the same ordering key are sent in the
// order in which they were added, one request after another. After one was not accepted,
// those that follow it fail, until the end of the next Flush.
type Outbox[M any] struct {
	send     func(context.Context, []*Letter[M]) []error
	free     *Lane[*Letter[M]]   // messages without a key
	keys     []*Lane[*Letter[M]] // the others, by a hash of the key
	room     *semaphore.Weighted
	sends    service.Sends
	accepted atomic.Int64 // when a message was last accepted, in nanoseconds since 1970
}

// New returns an outbox that passes batches to send, which returns a result for each
// message.
func New[M any](l Limits, send func(context.Context, []*Letter[M]) []error) *Outbox[M] {
	o := &Outbox[M]{send: send, room: semaphore.NewWeighted(l.Waiting)}
	o.free = NewLane(freeRequests, l.Batch, o.deliver)
	for range l.KeyedRequests {
		o.keys = append(o.keys, NewLane(1, l.Batch, o.deliver))
	}
	return o
}

var seed = maphash.MakeSeed()

// Add takes l. It blocks until there is room for it, or ctx is done. Wait returns the
// result, or the error of its context.
func (o *Outbox[M]) Add(ctx context.Context, l *Letter[M]) (wait func(context.Context) error, err error) {
	l.room, l.weight = o.room, int64(l.Size+overhead)
	if !o.room.TryAcquire(l.weight) { // a limit.Context starts its timer in Done, for which Acquire asks
		if err := o.room.Acquire(ctx, l.weight); err != nil {
			l.Ended()
			return nil, err
		}
	}
	l.enqueued, l.send = time.Now(), o.sends.Begin()
	lane := o.free
	if l.Key != "" {
		lane = o.keys[maphash.String(seed, l.Key)%uint64(len(o.keys))]
	}
	lane.Add(l)
	return l.send.Wait, nil
}

// Flush sends the waiting messages, and waits for the results until ctx is done. When all
// have their results, even after that, the keys that were refused are accepted again.
func (o *Outbox[M]) Flush(ctx context.Context) {
	o.free.Hurry()
	for _, l := range o.keys {
		l.Hurry()
	}
	o.sends.Flush(ctx, func() {
		for _, l := range o.keys {
			l.resume()
		}
	})
}

// deliver sends a batch.
func (o *Outbox[M]) deliver(batch []*Letter[M]) []error {
	ctx, cancel := context.WithDeadline(context.Background(), o.deadline(batch))
	defer cancel()
	results := o.send(ctx, batch)
	for _, err := range results {
		if err == nil {
			o.accepted.Store(time.Now().UnixNano())
			break
		}
	}
	return results
}

// deadline returns when batch is given up. Each request has no minute of its own: with an
// endpoint that hangs, the last message would have its result after hours.
func (o *Outbox[M]) deadline(batch []*Letter[M]) time.Time {
	last := time.Unix(0, o.accepted.Load())
	for _, m := range batch {
		if m.enqueued.After(last) {
			last = m.enqueued
		}
	}
	return last.Add(SendTimeout)
}

func (m *Letter[M]) Bytes() int          { return m.Size }
func (m *Letter[M]) OrderingKey() string { return m.Key }

// End records the result of m.
func (m *Letter[M]) End(err error) {
	m.send.End(err)
	m.room.Release(m.weight)
	m.Ended()
}

// Bisect returns the results of batch for a service that takes all messages of a request
// or none. If a request is invalid, the halves of its messages are sent again, so that one
// invalid message does not refuse the others. Messages with an ordering key share the
// result, because one that follows an invalid one must not be accepted.
func Bisect[M any](batch []*Letter[M], send func([]M) error, invalid func(error) bool) []error {
	messages := make([]M, len(batch))
	for i, l := range batch {
		messages[i] = l.Message
	}
	err := send(messages)
	half := len(batch) / 2
	if err == nil || half == 0 || batch[0].Key != "" || !invalid(err) {
		return slices.Repeat([]error{err}, len(batch))
	}
	first := Bisect(batch[:half], send, invalid)
	if half > 1 && !slices.Contains(first, nil) { // it is not the messages that are invalid
		return slices.Repeat([]error{err}, len(batch))
	}
	return append(first, Bisect(batch[half:], send, invalid)...)
}

// ErrPaused is the result of a message whose predecessor was refused.
var ErrPaused = errors.New("an earlier message with the same ordering key was not accepted (send both again, in order)")
