// Package sqs is the transport on Amazon SQS. Its URLs are
//
//	sqs://sqs.REGION.amazonaws.com/ACCOUNT/QUEUE
//
// both for a caller and for a worker that pulls. The host is that of the queue's own URL,
// so it may also be a VPC endpoint. The transport uses the default credentials and
// settings of the AWS SDK. For an emulator, name its host and port, and add ?insecure:
// requests are then sent without TLS, and with made-up credentials.
//
// # Delivery
//
// At least once. Publish sends a message immediately, in a request of its own. Enqueue
// collects messages, and sends up to 10 of them, or 1 MiB, in one request: when there are
// that many, or after 10 ms. Several requests are under way at a time.
//
// # Ordering
//
// A FIFO queue, whose name ends with .fifo, delivers messages with the same ordering key
// in order: the key is their message group. A message without a key has a group of its
// own. A failed message holds back its group. If a message is not accepted, messages
// enqueued after it with the same key fail too, until the next Flush. A standard queue
// keeps no order, so it refuses a message with an ordering key.
//
// # Acknowledgement
//
// A worker that pulls deletes a message when its handler has returned nil, and extends
// the message's visibility timeout until then, for up to 12 hours. If a worker is killed,
// its messages are delivered again within 30 seconds. A failed message is delivered again
// after a second, then after two, four and so on, up to ten minutes. Give the queue a
// redrive policy, which moves a message to a dead-letter queue after some deliveries. On a
// FIFO queue, messages received together with a failed one of their group are returned
// without being executed, and SQS counts that as a delivery of them too.
//
// # Limits
//
// A message may have 756 KiB, attributes included: SQS holds 1 MiB of text, and data that
// is not JSON in ASCII takes a third more there. SQS holds nine attributes whose names do
// not begin with ce-. A message on a standard queue may be delayed by at most 15 minutes,
// rounded up to a second; one on a FIFO queue cannot be delayed.
package sqs

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/cloud-functions-dispatch/go/dispatch/internal/sqsmessage"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/internal/outbox"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/internal/service"
)

const (
	// maxDelay is how far ahead SQS delays a message.
	maxDelay = 15 * time.Minute

	// maxKeyedRequests is how many requests with ordering keys are under way at a time.
	maxKeyedRequests = 16

	// maxWaiting limits the enqueued messages that have no result, in bytes.
	maxWaiting = 64 << 20
)

// perRequest limits a request.
var perRequest = outbox.BatchLimits{Entries: sqsmessage.MaxEntries, Bytes: sqsmessage.MaxBytes}

// Transport sends to one queue. [New] makes one.
type Transport struct {
	client *sqs.Client
	queue  string // its URL
	close  func() // releases the client, if the transport owns it

	life service.Life[*Transport]
	out  *outbox.Outbox[types.SendMessageBatchRequestEntry]
}

var _ transport.Queuer = (*Transport)(nil)

// New returns a transport that sends with client to the queue with the given URL. Close
// does not close the client.
func New(client *sqs.Client, queueURL string) *Transport {
	t := &Transport{client: client, queue: queueURL, close: func() {}}
	t.out = outbox.New(outbox.Limits{Batch: perRequest, KeyedRequests: maxKeyedRequests, Waiting: maxWaiting}, t.sendBatch)
	return t
}

func (t *Transport) isFIFO() bool { return strings.HasSuffix(t.queue, sqsmessage.FIFOSuffix) }

// Queue returns a transport to another queue. For the queue calls and the name images, the
// other queue is calls-images; for calls.fifo it is calls-images.fifo.
func (t *Transport) Queue(name string) (transport.Transport, error) {
	q, err := t.life.Queue(name, func() *Transport {
		base, fifo := strings.CutSuffix(t.queue, sqsmessage.FIFOSuffix)
		url := base + "-" + name
		if fifo {
			url += sqsmessage.FIFOSuffix
		}
		return New(t.client, url)
	})
	if err != nil {
		return nil, err
	}
	return q, nil
}

// MaxSize returns 756 KiB.
func (t *Transport) MaxSize() int { return sqsmessage.MaxSize }

// Publish sends m in a request of its own.
func (t *Transport) Publish(ctx context.Context, m *transport.Message) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	e, _, err := t.entry(m)
	if err != nil {
		return err
	}
	if err := t.life.Begin(); err != nil {
		return err
	}
	defer t.life.End()
	out, err := t.client.SendMessage(ctx, &sqs.SendMessageInput{
		QueueUrl: &t.queue, MessageBody: e.MessageBody, MessageAttributes: e.MessageAttributes, DelaySeconds: e.DelaySeconds,
		MessageGroupId: e.MessageGroupId, MessageDeduplicationId: e.MessageDeduplicationId,
	})
	if err == nil && out.MessageId == nil {
		err = errNoResult
	}
	return t.explain(err)
}

// Enqueue takes m to send it with others. It blocks while the messages without a result
// have 64 MiB, counted with 1 KiB more for each.
func (t *Transport) Enqueue(ctx context.Context, m *transport.Message) (func(context.Context) error, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	e, size, err := t.entry(m)
	if err != nil {
		return nil, err
	}
	if err := t.life.Begin(); err != nil {
		return nil, err
	}
	return t.out.Add(ctx, &letter{Message: *e, Size: size, Key: m.OrderingKey, Ended: t.life.End})
}

// entry returns m as SQS takes it, and its size in bytes.
func (t *Transport) entry(m *transport.Message) (e *types.SendMessageBatchRequestEntry, size int, err error) {
	s, err := sqsmessage.Encode(m)
	if err != nil {
		return nil, 0, err
	}
	if m.OrderingKey != "" && !t.isFIFO() {
		return nil, 0, errors.New("the message has an ordering key, but a standard queue keeps no order (leave it out, or use a FIFO queue, whose name ends with .fifo)")
	}
	e = &types.SendMessageBatchRequestEntry{MessageBody: &s.Body, MessageAttributes: make(map[string]types.MessageAttributeValue, len(s.Attributes))}
	for name, value := range s.Attributes {
		e.MessageAttributes[name] = types.MessageAttributeValue{DataType: aws.String("String"), StringValue: &value}
	}
	if e.DelaySeconds, err = t.delay(m.NotBefore); err != nil {
		return nil, 0, err
	}
	if t.isFIFO() {
		// With the call's ID, a replay within five minutes would be dropped as a duplicate.
		e.MessageDeduplicationId = aws.String(rand.Text())
		e.MessageGroupId = aws.String(group(m.OrderingKey))
	}
	return e, s.Size(), nil
}

// delay returns the seconds until due, rounded up.
func (t *Transport) delay(due time.Time) (int32, error) {
	d := time.Until(due)
	switch {
	case due.IsZero() || d <= 0:
		return 0, nil
	case t.isFIFO():
		return 0, errors.New("the message is delayed, but a FIFO queue delivers at once (leave out Delay and At, or use a standard queue)")
	case d > maxDelay:
		return 0, fmt.Errorf("the message is due at %v, but SQS delays it by at most 15 minutes (choose an earlier time, or call from a schedule of EventBridge)", due.UTC().Format(time.RFC3339))
	}
	return int32((d + time.Second - 1) / time.Second), nil
}

var groupID = regexp.MustCompile("^[a-zA-Z0-9!-/:-@\\[-`{-~]{1,128}$")

// group returns the message group of an ordering key. A key that cannot be one is hashed;
// the message itself has the key.
func group(key string) string {
	switch {
	case key == "":
		return rand.Text()
	case groupID.MatchString(key):
		return key
	}
	sum := sha256.Sum256([]byte(key))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// Flush sends the enqueued messages now. It returns when each was accepted or refused, or
// when ctx is done.
func (t *Transport) Flush(ctx context.Context) {
	t.out.Flush(ctx)
	for _, q := range t.life.Queues() {
		q.Flush(ctx)
	}
}

// Close refuses new messages, sends the enqueued ones, and waits until all have been
// sent.
func (t *Transport) Close() error {
	return t.life.Close(func() error {
		t.close()
		return nil
	})
}
