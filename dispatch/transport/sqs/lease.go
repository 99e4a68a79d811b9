package sqs

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/cloud-functions-dispatch/go/dispatch/internal/sqsmessage"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/internal/outbox"
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
	acks, returns *outbox.Lane[*lease]
	reports       sync.WaitGroup // one for each lease
	stop          func()
	keeper        sync.WaitGroup
	fail          func(error) // ends Receive with this error

	mu   sync.Mutex
	held map[*lease]bool
}

// A lease is one received message.
type lease struct {
	*leases
	delivery *transport.Delivery
	receipt  *string
	group    string        // of a FIFO queue
	after    time.Duration // when a returned message is delivered again

	// leases.mu guards these.
	until     time.Time // when it ends at the latest, unless it is extended
	extending bool      // a request is under way
	returned  bool      // meanwhile
}

func (l *lease) Bytes() int          { return 0 }
func (l *lease) OrderingKey() string { return "" }
func (l *lease) End(error)           { l.reports.Done() } // if it failed, the message is delivered again

// init prepares the leases of a receiver of s. They call fail with an error that does not
// pass.
func (ls *leases) init(s *Subscription, fail func(error)) {
	ls.Subscription, ls.fail, ls.held = s, fail, make(map[*lease]bool)
	ls.acks = outbox.NewLane(maxReports, perRequest, ls.delete)
	ls.returns = outbox.NewLane(maxReports, perRequest, ls.returnAll)
	ctx, cancel := context.WithCancel(context.Background())
	ls.stop = cancel
	ls.keeper.Go(func() { ls.keep(ctx) })
}

// end waits until all results are known to the queue.
func (ls *leases) end() {
	ls.acks.Hurry()
	ls.returns.Hurry()
	ls.reports.Wait()
	ls.stop()
	ls.keeper.Wait()
}

// add begins to extend the lease of m.
func (ls *leases) add(m *types.Message) *lease {
	texts := sqsmessage.Texts(m.MessageAttributes, func(a types.MessageAttributeValue) *string { return a.StringValue })
	l := &lease{leases: ls, receipt: m.ReceiptHandle, delivery: sqsmessage.Delivery(aws.ToString(m.Body), texts, m.Attributes)}
	if strings.HasSuffix(ls.queue, sqsmessage.FIFOSuffix) { // in a standard queue, groups are for fairness only
		l.group = m.Attributes[sqsmessage.GroupID]
	}
	ls.reports.Add(1)
	ls.mu.Lock()
	defer ls.mu.Unlock()
	l.until = time.Now().Add(ls.lease)
	ls.held[l] = true
	return l
}

// drop ends the extension of l.
func (ls *leases) drop(l *lease) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	delete(ls.held, l)
}

// ack deletes the message. Until that is done, its lease is extended.
func (l *lease) ack() { l.acks.Add(l) }

// release returns the message to the queue, to be delivered again after d.
func (l *lease) release(d time.Duration) {
	l.drop(l)
	l.after = d
	l.mu.Lock()
	l.returned = l.extending // at SQS, the extension might come after the return
	l.mu.Unlock()
	if !l.returned {
		l.returns.Add(l)
	}
}

// isLost reports whether the message may be with another worker.
func (l *lease) isLost() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return time.Now().After(l.until)
}

// forget leaves the message to the queue.
func (l *lease) forget() {
	l.drop(l)
	l.End(nil)
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
			l.extending = true
			held = append(held, l)
		}
		ls.mu.Unlock()
		var requests sync.WaitGroup
		for ; len(held) > 0; held = held[min(len(held), sqsmessage.MaxEntries):] {
			batch := held[:min(len(held), sqsmessage.MaxEntries)]
			requests.Go(func() { ls.extend(batch) })
		}
		requests.Wait()
	}
}

// extend extends the leases of batch.
func (ls *leases) extend(batch []*lease) {
	until := time.Now().Add(ls.lease)
	changed := ls.change(batch, func(*lease) time.Duration { return ls.lease })
	ls.mu.Lock()
	defer ls.mu.Unlock()
	for i, l := range batch {
		if changed[i] {
			l.until = until
		}
		if l.extending = false; l.returned {
			ls.returns.Add(l)
		}
	}
}

// change sets the visibility timeout of messages, and returns the indexes of those that it
// has set. The others are delivered again earlier or later.
func (ls *leases) change(batch []*lease, timeout func(*lease) time.Duration) map[int]bool {
	in := &sqs.ChangeMessageVisibilityBatchInput{QueueUrl: &ls.queue}
	for i, l := range batch {
		in.Entries = append(in.Entries, types.ChangeMessageVisibilityBatchRequestEntry{
			Id: aws.String(strconv.Itoa(i)), ReceiptHandle: l.receipt, VisibilityTimeout: int32(timeout(l) / time.Second),
		})
	}
	ctx, cancel := context.WithTimeout(context.Background(), reportTimeout)
	defer cancel()
	changed := make(map[int]bool, len(batch))
	out, err := ls.client.ChangeMessageVisibilityBatch(ctx, in)
	if err != nil {
		if isLasting(err) {
			ls.fail(err)
		}
		return changed
	}
	for _, e := range out.Successful {
		changed[indexOf(e.Id)] = true
	}
	return changed
}

func (ls *leases) returnAll(batch []*lease) []error {
	ls.change(batch, func(l *lease) time.Duration { return l.after })
	return make([]error, len(batch))
}

func (ls *leases) delete(batch []*lease) []error {
	ctx, cancel := context.WithTimeout(context.Background(), reportTimeout)
	defer cancel()
	left := batch
	for try := 1; len(left) > 0 && try <= maxTries && ctx.Err() == nil; try++ {
		pauseBefore(try)
		left = ls.deleteOnce(ctx, left)
	}
	for _, l := range batch {
		ls.drop(l)
	}
	return make([]error, len(batch))
}

// deleteOnce deletes messages, and returns those to delete again.
func (ls *leases) deleteOnce(ctx context.Context, batch []*lease) (again []*lease) {
	in := &sqs.DeleteMessageBatchInput{QueueUrl: &ls.queue}
	for i, l := range batch {
		in.Entries = append(in.Entries, types.DeleteMessageBatchRequestEntry{Id: aws.String(strconv.Itoa(i)), ReceiptHandle: l.receipt})
	}
	out, err := ls.client.DeleteMessageBatch(ctx, in)
	if err != nil {
		if isLasting(err) {
			ls.fail(err)
			return nil
		}
		return batch
	}
	done := make(map[int]bool, len(batch))
	for _, e := range out.Successful {
		done[indexOf(e.Id)] = true
	}
	for _, e := range out.Failed {
		done[indexOf(e.Id)] = e.SenderFault // such as a lease that was lost
	}
	for i, l := range batch {
		if !done[i] {
			again = append(again, l)
		}
	}
	return again
}
