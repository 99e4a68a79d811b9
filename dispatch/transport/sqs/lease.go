package sqs

import (
	"context"
	"strconv"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/cloud-functions-dispatch/go/dispatch/internal/sqsmessage"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

const (
	// maxReports is how many requests that delete messages, and how many that return some,
	// are under way at a time.
	maxReports = 8

	// reportTimeout limits such a request.
	reportTimeout = 10 * time.Second

	// extensions is how often a lease is extended while it lasts.
	extensions = 3
)

// leases are the messages of a receiver that are neither deleted nor returned to the
// queue. While its handler runs, they extend the lease of a message.
type leases struct {
	*Subscription
	acks, returns lane[*lease]
	reports       sync.WaitGroup // one for each lease
	stop          func()
	keeper        sync.WaitGroup

	mu   sync.Mutex
	held map[*lease]bool
}

// A lease is one received message.
type lease struct {
	*leases
	delivery *transport.Delivery
	receipt  *string
	after    time.Duration // when a returned message is delivered again
}

func (l *lease) bytes() int          { return 0 }
func (l *lease) orderingKey() string { return "" }
func (l *lease) end(error)           { l.reports.Done() } // if it failed, the message is delivered again

// init prepares the leases of a receiver of s.
func (ls *leases) init(s *Subscription) {
	ls.Subscription, ls.held = s, make(map[*lease]bool)
	ls.acks = lane[*lease]{send: ls.delete, requests: maxReports}
	ls.returns = lane[*lease]{send: ls.returnAll, requests: maxReports}
	ctx, cancel := context.WithCancel(context.Background())
	ls.stop = cancel
	ls.keeper.Go(func() { ls.keep(ctx) })
}

// end waits until all results are known to the queue.
func (ls *leases) end() {
	ls.acks.hurry()
	ls.returns.hurry()
	ls.reports.Wait()
	ls.stop()
	ls.keeper.Wait()
}

// add begins to extend the lease of m.
func (ls *leases) add(m *types.Message) *lease {
	attributes := make(map[string]string, len(m.MessageAttributes))
	for name, value := range m.MessageAttributes {
		if value.StringValue != nil {
			attributes[name] = *value.StringValue
		}
	}
	l := &lease{leases: ls, receipt: m.ReceiptHandle, delivery: sqsmessage.Delivery(aws.ToString(m.Body), attributes, m.Attributes)}
	ls.reports.Add(1)
	ls.mu.Lock()
	defer ls.mu.Unlock()
	ls.held[l] = true
	return l
}

// drop ends the extension of l.
func (ls *leases) drop(l *lease) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	delete(ls.held, l)
}

// ack deletes the message.
func (l *lease) ack() {
	l.drop(l)
	l.acks.add(l)
}

// release returns the message to the queue, to be delivered again after d.
func (l *lease) release(d time.Duration) {
	l.drop(l)
	l.after = d
	l.returns.add(l)
}

// keep extends the leases until ctx is done.
func (ls *leases) keep(ctx context.Context) {
	t := time.NewTicker(ls.lease / extensions)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		ls.mu.Lock()
		held := make([]*lease, 0, len(ls.held))
		for l := range ls.held {
			held = append(held, l)
		}
		ls.mu.Unlock()
		var requests sync.WaitGroup
		for ; len(held) > 0; held = held[min(len(held), maxEntries):] {
			batch := held[:min(len(held), maxEntries)]
			requests.Go(func() { ls.change(batch, func(*lease) time.Duration { return ls.lease }) })
		}
		requests.Wait()
	}
}

// change sets the visibility timeout of messages. If that fails, they are delivered again
// earlier or later.
func (ls *leases) change(batch []*lease, timeout func(*lease) time.Duration) {
	in := &sqs.ChangeMessageVisibilityBatchInput{QueueUrl: &ls.queue}
	for i, l := range batch {
		in.Entries = append(in.Entries, types.ChangeMessageVisibilityBatchRequestEntry{
			Id: aws.String(strconv.Itoa(i)), ReceiptHandle: l.receipt, VisibilityTimeout: int32(timeout(l) / time.Second),
		})
	}
	ctx, cancel := context.WithTimeout(context.Background(), reportTimeout)
	defer cancel()
	_, _ = ls.client.ChangeMessageVisibilityBatch(ctx, in)
}

func (ls *leases) returnAll(batch []*lease) []error {
	ls.change(batch, func(l *lease) time.Duration { return l.after })
	return make([]error, len(batch))
}

func (ls *leases) delete(batch []*lease) []error {
	in := &sqs.DeleteMessageBatchInput{QueueUrl: &ls.queue}
	for i, l := range batch {
		in.Entries = append(in.Entries, types.DeleteMessageBatchRequestEntry{Id: aws.String(strconv.Itoa(i)), ReceiptHandle: l.receipt})
	}
	ctx, cancel := context.WithTimeout(context.Background(), reportTimeout)
	defer cancel()
	_, _ = ls.client.DeleteMessageBatch(ctx, in)
	return make([]error, len(batch))
}
