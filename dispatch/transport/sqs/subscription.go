package sqs

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"
	"golang.org/x/sync/semaphore"

	"github.com/cloud-functions-dispatch/go/dispatch/internal/sqsmessage"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

const (
	// waitTime is the longest that SQS keeps a request to receive open, in seconds.
	waitTime = 20

	// maxPollers is how many requests to receive are under way at a time.
	maxPollers = 8

	// gatherTime is how long a poller that may take one message waits until it may take
	// more, because each request costs money.
	gatherTime = 10 * time.Millisecond

	// maxInFlight keeps the messages in flight below the limit of SQS, 120,000.
	maxInFlight = 100_000
)

// The pause after a failed request to receive: it doubles up to the longest.
const (
	firstPause   = 500 * time.Millisecond
	longestPause = 30 * time.Second
)

// Subscription receives messages from one queue by long polling. [NewSubscription] makes
// one.
type Subscription struct {
	client *sqs.Client
	queue  string        // its URL
	close  func()        // releases the client, if the subscription owns it
	lease  time.Duration // the visibility timeout of a received message
}

var _ transport.Subscription = (*Subscription)(nil)

// NewSubscription returns the subscription to the queue with the given URL. Close does not
// close the client.
func NewSubscription(client *sqs.Client, queueURL string) *Subscription {
	return &Subscription{client: client, queue: queueURL, close: func() {}, lease: 30 * time.Second}
}

// Close releases the client if the subscription was opened by URL.
func (s *Subscription) Close() error {
	s.close()
	return nil
}

// Receive extends the visibility timeout of a message while its handler runs, for up to 12
// hours. Messages of one group are handled one after the other. Receive returns an error
// if the queue does not exist, or if the credentials do not allow it to receive, delete or
// return messages.
func (s *Subscription) Receive(ctx context.Context, concurrency int, h transport.Handler) error {
	concurrency = min(concurrency, maxInFlight)
	polling, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	r := &receiver{
		Subscription: s, handler: h, polling: polling,
		slots: semaphore.NewWeighted(int64(concurrency)),
		most:  min(concurrency, sqsmessage.MaxEntries),
	}
	r.leases.init(s, stop)
	var pollers sync.WaitGroup
	for range min(maxPollers, (concurrency+sqsmessage.MaxEntries-1)/sqsmessage.MaxEntries) {
		pollers.Go(func() {
			if err := r.poll(); err != nil {
				stop(err)
			}
		})
	}
	pollers.Wait()
	r.handlers.Wait()
	r.leases.end()
	if ctx.Err() != nil {
		return nil
	}
	return explain("receive from "+s.queue, context.Cause(polling))
}

// A receiver is one call of Receive.
type receiver struct {
	*Subscription
	handler  transport.Handler
	polling  context.Context // is done when no more messages are taken
	slots    *semaphore.Weighted
	most     int // messages in one request
	handlers sync.WaitGroup
	leases   leases
}

// poll receives messages until r.polling is done, or until an error that does not pass.
func (r *receiver) poll() error {
	pause := firstPause
	for {
		n := r.gather()
		if n == 0 {
			return nil
		}
		asked := time.Now()
		messages, err := r.request(n)
		r.slots.Release(int64(n - len(messages)))
		switch {
		case err == nil && (len(messages) > 0 || time.Since(asked) >= firstPause):
			pause = firstPause
			r.dispatch(messages)
			continue
		case err == nil: // the endpoint does not wait for messages
			pause = firstPause
		case isLasting(err):
			return err
		}
		select {
		case <-r.polling.Done():
			return nil
		case <-time.After(pause):
			pause = min(2*pause, longestPause)
		}
	}
}

// gather returns how many messages may be received, and holds a slot for each. It returns
// 0 when r.polling is done.
func (r *receiver) gather() int {
	if r.slots.Acquire(r.polling, 1) != nil || r.polling.Err() != nil {
		return 0
	}
	ctx, cancel := context.WithTimeout(r.polling, gatherTime)
	defer cancel()
	n := 1
	for n < r.most && r.slots.Acquire(ctx, 1) == nil {
		n++
	}
	return n
}

// request receives up to n messages.
func (r *receiver) request(n int) ([]types.Message, error) {
	ctx, cancel := context.WithTimeout(r.polling, waitTime*time.Second+reportTimeout)
	defer cancel()
	out, err := r.client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
		QueueUrl: &r.queue, MaxNumberOfMessages: int32(n), WaitTimeSeconds: waitTime,
		VisibilityTimeout:     int32(r.lease / time.Second),
		MessageAttributeNames: []string{"All"},
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{
			sqsmessage.ReceiveCount, sqsmessage.SentTimestamp, sqsmessage.GroupID,
		},
	})
	if err != nil {
		return nil, err
	}
	return out.Messages, nil
}

// isLasting reports whether a request that failed with err will not succeed later.
func isLasting(err error) bool {
	api, ok := errors.AsType[smithy.APIError](err)
	return ok && remedies[api.ErrorCode()] != ""
}

// dispatch handles messages in the background, those of one group in order.
func (r *receiver) dispatch(messages []types.Message) {
	var held []*lease
	for i := range messages {
		held = append(held, r.leases.add(&messages[i]))
	}
	for _, group := range sqsmessage.Groups(held, func(l *lease) string { return l.group }) {
		r.handlers.Go(func() { r.handle(group) })
	}
}

// handle handles the messages of one group in order. After a failure, and after the end of
// the polling, it returns the rest of the group to the queue.
func (r *receiver) handle(group []*lease) {
	failed := false
	for _, l := range group {
		switch {
		case failed || r.polling.Err() != nil:
			l.release(0)
		case l.isLost(): // while it waited for those before it
			failed = true
			l.forget()
		case r.handler(context.Background(), l.delivery) == nil:
			l.ack()
		default:
			failed = true
			l.release(sqsmessage.Backoff(l.delivery.Attempt))
		}
		r.slots.Release(1)
	}
}
