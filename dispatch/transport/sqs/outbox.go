package sqs

import (
	"context"
	"hash/maphash"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"golang.org/x/sync/semaphore"

	"github.com/cloud-functions-dispatch/go/dispatch/transport/internal/service"
)

const (
	// maxRequests is how many requests of Enqueue are under way at a time.
	maxRequests = 16

	// maxWaiting limits the enqueued messages, in bytes. overhead is added to each.
	maxWaiting = 64 << 20
	overhead   = 1 << 10
)

// A letter is an enqueued message.
type letter struct {
	types.SendMessageBatchRequestEntry
	size     int
	key      string // the ordering key
	enqueued time.Time
	ended    func() // is called when there is a result
	send     *service.Send
}

// An outbox sends enqueued messages in batches.
type outbox struct {
	lanes []*lane[*letter]
	room  *semaphore.Weighted
	sends service.Sends
}

// init prepares an outbox. On a FIFO queue each key has its lane, in which one request is
// under way at a time.
func (o *outbox) init(fifo bool, send func([]*letter) []error) {
	o.room = semaphore.NewWeighted(maxWaiting)
	lanes, requests := 1, maxRequests
	if fifo {
		lanes, requests = maxRequests, 1
	}
	for range lanes {
		o.lanes = append(o.lanes, &lane[*letter]{send: send, requests: requests, refused: make(map[string]int)})
	}
}

var seed = maphash.MakeSeed()

// add takes l. It blocks until there is room for it, or ctx is done.
func (o *outbox) add(ctx context.Context, l *letter) (wait func(context.Context) error, err error) {
	weight := int64(l.size + overhead)
	if err := o.room.Acquire(ctx, weight); err != nil {
		return nil, err
	}
	ended := l.ended
	l.ended = func() {
		o.room.Release(weight)
		ended()
	}
	l.send = o.sends.Begin()
	key := l.key
	if key == "" && l.MessageGroupId != nil {
		key = *l.MessageGroupId // random, so that lanes share the messages without a key
	}
	o.lanes[maphash.String(seed, key)%uint64(len(o.lanes))].add(l)
	return l.send.Wait, nil
}

// flush sends what waits, and waits for the results until ctx is done. Then the keys that
// were refused are accepted again.
func (o *outbox) flush(ctx context.Context) {
	for _, l := range o.lanes {
		l.hurry()
	}
	if !o.sends.Flush(ctx) {
		return
	}
	for _, l := range o.lanes {
		l.resume()
	}
}

func (m *letter) bytes() int          { return m.size }
func (m *letter) orderingKey() string { return m.key }

// end records the result of m.
func (m *letter) end(err error) {
	m.send.End(err)
	m.ended()
}
