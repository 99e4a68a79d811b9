// Package cloudtasks is the transport on Google Cloud Tasks, for delayed calls and for
// queues that limit the rate of calls. Its URLs are
//
//	cloudtasks://projects/PROJECT/locations/LOCATION/queues/QUEUE?url=https://CALLEE&account=EMAIL
//
// url is the URL of a callee that serves HTTP (entrypoints push and cloudevent).
// account is the service account that the queue uses for its requests; if account is
// not set, requests carry no token. audience is the audience of the token; the default
// is url. The transport uses Application Default Credentials.
//
// # Delivery
//
// At least once. The queue sends an HTTP request for each message when it is due.
// Enqueue sends messages one by one, several at a time.
//
// # Ordering
//
// None. A message with an ordering key is refused.
//
// # Acknowledgement
//
// A response with a 2xx status acknowledges a message. After any other response the
// queue retries as its retry configuration says, then drops the message, because Cloud
// Tasks has no dead letters. Give the callee a dead-letter sink
// (entrypoint.DeadLetters), and the queue unlimited attempts.
//
// # Limits
//
// A message may have a little less than 1 MB, attributes included, and may be delayed
// by at most 30 days.
package cloudtasks

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"time"

	cloudtasks "cloud.google.com/go/cloudtasks/apiv2"
	"cloud.google.com/go/cloudtasks/apiv2/cloudtaskspb"
	"github.com/googleapis/gax-go/v2"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/cloud-functions-dispatch/go/dispatch/transport"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/internal/rpcerror"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/internal/service"
)

const (
	// maxSize leaves room in a task of 1 MB for its other fields.
	maxSize = 1_000_000 - 16<<10

	// maxDelay is how far ahead a task may be scheduled.
	maxDelay = 30 * 24 * time.Hour

	// responseTimeout is how long the queue waits for a response. A push subscription
	// waits as long, and callees rely on that.
	responseTimeout = 10 * time.Minute

	// maxSending is how many enqueued messages are sent at a time.
	maxSending = 64
)

// A Target is the callee to which the queue delivers.
type Target struct {
	URL      string // of the callee
	Account  string // service account that the queue uses for its requests; empty for requests without a token
	Audience string // of the token; if empty, it is the URL
}

// Transport sends to one queue. [New] makes one.
type Transport struct {
	client *cloudtasks.Client
	queue  string
	target Target
	owned  bool          // Close closes the client
	slots  chan struct{} // one for each enqueued message that is being sent
	life   service.Life[*Transport]

	enqueued service.Sends // the messages that are being sent
}

var (
	_ transport.Queuer  = (*Transport)(nil)
	_ transport.Untimed = (*Transport)(nil)
)

// New returns a transport that sends messages to target through queue, which has the
// form projects/P/locations/L/queues/Q. Close does not close the client.
func New(client *cloudtasks.Client, queue string, target Target) *Transport {
	return &Transport{client: client, queue: queue, target: target, slots: make(chan struct{}, maxSending)}
}

// Queue returns a transport to the same target through another queue. For the queue
// projects/P/locations/L/queues/calls and the name images, the other queue is
// projects/P/locations/L/queues/calls-images.
func (t *Transport) Queue(name string) (transport.Transport, error) {
	q, err := t.life.Queue(name, func() *Transport { return New(t.client, t.queue+"-"+name, t.target) })
	if err != nil {
		return nil, err
	}
	return q, nil
}

// MaxSize returns a little less than 1 MB.
func (t *Transport) MaxSize() int { return maxSize }

// Untimed declares that a delivery does not report when its message was published.
func (t *Transport) Untimed() {}

// Publish creates a task for m.
func (t *Transport) Publish(ctx context.Context, m *transport.Message) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := t.begin(m); err != nil {
		return err
	}
	defer t.life.End()
	return t.create(ctx, m)
}

// Enqueue sends m in the background.
func (t *Transport) Enqueue(ctx context.Context, m *transport.Message) (func(context.Context) error, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := t.begin(m); err != nil {
		return nil, err
	}
	select {
	case t.slots <- struct{}{}:
	case <-ctx.Done():
		t.life.End()
		return nil, ctx.Err()
	}
	send := t.enqueued.Begin()
	go func() {
		defer t.life.End()
		err := t.create(context.WithoutCancel(ctx), m)
		<-t.slots
		send.End(err)
	}()
	return send.Wait, nil
}

// begin checks m and starts an operation: Close waits until the caller calls
// t.life.End. If begin returns an error, do not call End.
func (t *Transport) begin(m *transport.Message) error {
	if err := transport.CheckSize(m, maxSize); err != nil {
		return err
	}
	if err := transport.CheckText(m); err != nil {
		return err
	}
	for name := range m.Attributes {
		if !attributeName.MatchString(name) {
			return fmt.Errorf("the attribute %.64q cannot be a CloudEvents header (name it ce- followed by lower-case letters and digits)", name)
		}
	}
	if m.OrderingKey != "" {
		return errors.New("the message has an ordering key, but Cloud Tasks keeps no order (leave it out, or use gcppubsub)")
	}
	if time.Until(m.NotBefore) > maxDelay {
		return fmt.Errorf("the message is due at %v, but Cloud Tasks delays it by at most 30 days (choose an earlier time)", m.NotBefore.UTC().Format(time.RFC3339))
	}
	return t.life.Begin()
}

// create creates the task. It retries while the service is unavailable, so a message
// may be sent twice.
func (t *Transport) create(ctx context.Context, m *transport.Message) error {
	request := &cloudtaskspb.HttpRequest{
		Url: t.target.URL, HttpMethod: cloudtaskspb.HttpMethod_POST, Body: m.Data,
		Headers: map[string]string{"Content-Type": "application/json"},
	}
	// The binary mode of the CloudEvents HTTP binding, 3.1.3.2.
	for name, value := range m.Attributes {
		request.Headers[name] = url.PathEscape(value)
	}
	if t.target.Account != "" {
		request.AuthorizationHeader = &cloudtaskspb.HttpRequest_OidcToken{OidcToken: &cloudtaskspb.OidcToken{
			ServiceAccountEmail: t.target.Account, Audience: t.target.Audience,
		}}
	}
	task := &cloudtaskspb.Task{MessageType: &cloudtaskspb.Task_HttpRequest{HttpRequest: request}, DispatchDeadline: durationpb.New(responseTimeout)}
	if !m.NotBefore.IsZero() {
		task.ScheduleTime = timestamppb.New(m.NotBefore)
	}
	_, err := t.client.CreateTask(ctx, &cloudtaskspb.CreateTaskRequest{Parent: t.queue, Task: task}, retryUnavailable)
	return t.explain(err)
}

// attributeName matches the header names that callees accept as attributes.
var attributeName = regexp.MustCompile(`^ce-[a-z0-9]+$`)

// retryUnavailable retries a request while the service is unavailable.
var retryUnavailable = gax.WithRetry(func() gax.Retryer {
	return gax.OnCodes([]codes.Code{codes.Unavailable}, gax.Backoff{Initial: 100 * time.Millisecond, Max: 10 * time.Second, Multiplier: 1.3})
})

// Flush waits until the enqueued messages have been sent, or until ctx is done. Enqueue
// does not hold messages back.
func (t *Transport) Flush(ctx context.Context) {
	t.enqueued.Flush(ctx, func() {})
	for _, q := range t.life.Queues() {
		q.Flush(ctx)
	}
}

// Close refuses new messages and waits until the others have been sent.
func (t *Transport) Close() error {
	return t.life.Close(func() error {
		if t.owned {
			return t.client.Close()
		}
		return nil
	})
}

var remedies = map[codes.Code]string{
	codes.NotFound:         "the queue does not exist (create it with gcloud tasks queues create, or correct DISPATCH_URL)",
	codes.PermissionDenied: "permission denied (grant roles/cloudtasks.enqueuer on the queue, and roles/iam.serviceAccountUser on the account)",
}

// explain adds the operation, and a remedy if there is one, to err.
func (t *Transport) explain(err error) error {
	return rpcerror.Explain("create a task in "+t.queue, err, remedies)
}
