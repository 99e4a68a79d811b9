// Package cloudtasks is the transport through Google Cloud Tasks, for calls that
// are delayed, or whose rate the queue limits. Its URLs are
//
//	cloudtasks://projects/PROJECT/locations/LOCATION/queues/QUEUE?url=https://CALLEE&account=EMAIL
//
// where url is that of a callee that takes HTTP (entrypoints push and cloudevent),
// and account the service account as which the queue calls it; audience, if it is
// not the URL, is that of the account's token. Without an account it comes without a
// token. Credentials are found as every Google client finds them.
//
// # Delivery
//
// At least once, by a request for each message, when it is due: in up to 30 days.
// Enqueue sends messages one by one, several at a time.
//
// # Ordering
//
// None: a message with an ordering key is refused.
//
// # Acknowledgement
//
// By an answer of 2xx. The queue repeats other deliveries as its retry
// configuration says, then drops the message, since it has no dead letters: give
// the callee a sink (entrypoint.DeadLetters), and the queue unlimited attempts.
//
// # Limits
//
// A little less than 1 MB a message, all told.
package cloudtasks

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"sync"
	"time"

	cloudtasks "cloud.google.com/go/cloudtasks/apiv2"
	"cloud.google.com/go/cloudtasks/apiv2/cloudtaskspb"
	"github.com/googleapis/gax-go/v2"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/cloud-functions-dispatch/go/dispatch/transport"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/internal/service"
)

const (
	// maxSize leaves room, in a task of 1 MB, for what it is besides the message.
	maxSize = 1_000_000 - 16<<10

	// maxDelay is how far ahead a task may be scheduled.
	maxDelay = 30 * 24 * time.Hour

	// deadline is how long the queue waits for an answer: as long as a push
	// subscription does, which callees reckon with.
	deadline = 10 * time.Minute

	// sends is how many messages are on their way at a time that were enqueued.
	sends = 64
)

// A Target is where the queue delivers.
type Target struct {
	URL      string // of the callee
	Account  string // as which it is called; empty for calls without a token
	Audience string // of the token; empty for the URL
}

// Transport sends to one queue. [New] makes one.
type Transport struct {
	client *cloudtasks.Client
	queue  string
	target Target
	owned  bool          // client is closed with it
	slots  chan struct{} // one for each message on its way that was enqueued
	life   service.Life[*Transport]

	mu       sync.Mutex
	enqueued map[*sending]bool // those on their way
}

var (
	_ transport.Queuer  = (*Transport)(nil)
	_ transport.Untimed = (*Transport)(nil)
)

// New returns a transport that has messages delivered by the queue, whose form is
// projects/P/locations/L/queues/Q, to target. Close does not close the client.
func New(client *cloudtasks.Client, queue string, target Target) *Transport {
	return &Transport{client: client, queue: queue, target: target, slots: make(chan struct{}, sends), enqueued: make(map[*sending]bool)}
}

// Queue returns a transport by the queue that has the name behind a hyphen, to the
// same target.
func (t *Transport) Queue(name string) (transport.Transport, error) {
	q, err := t.life.Queue(name, func() *Transport { return New(t.client, t.queue+"-"+name, t.target) })
	if err != nil {
		return nil, err
	}
	return q, nil
}

// MaxSize is a little less than 1 MB.
func (t *Transport) MaxSize() int { return maxSize }

// Untimed says that a delivery does not tell when its message was published.
func (t *Transport) Untimed() {}

// Publish makes a task of m.
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

// A sending is a message on its way.
type sending struct {
	done chan struct{}
	err  error // read after done
}

// Enqueue has m sent in the background.
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
	s := &sending{done: make(chan struct{})}
	t.mu.Lock()
	t.enqueued[s] = true
	t.mu.Unlock()
	go func() {
		defer t.life.End()
		s.err = t.create(context.WithoutCancel(ctx), m)
		<-t.slots
		close(s.done)
		t.mu.Lock()
		delete(t.enqueued, s)
		t.mu.Unlock()
	}()
	return func(ctx context.Context) error {
		select {
		case <-s.done:
			return s.err
		case <-ctx.Done():
		}
		select {
		case <-s.done: // as well
			return s.err
		default:
			return ctx.Err()
		}
	}, nil
}

// begin holds Close off until the caller calls t.sending.Done, unless it returns
// an error.
func (t *Transport) begin(m *transport.Message) error {
	if err := transport.CheckSize(m, maxSize); err != nil {
		return err
	}
	if err := transport.CheckText(m); err != nil {
		return err
	}
	for name := range m.Attributes {
		if !attribute.MatchString(name) {
			return fmt.Errorf("the attribute %.64q cannot be a header of a CloudEvent (give it a name of ce- and small letters and digits)", name)
		}
	}
	if m.OrderingKey != "" {
		return errors.New("the message has an ordering key, and Cloud Tasks keeps no order (call without it, or through gcppubsub)")
	}
	if time.Until(m.NotBefore) > maxDelay {
		return fmt.Errorf("the message is for %v, and Cloud Tasks holds it for 30 days (call sooner)", m.NotBefore.UTC().Format(time.RFC3339))
	}
	return t.life.Begin()
}

// create makes the task. It is tried again while the service is unavailable: a
// message may be sent twice.
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
	task := &cloudtaskspb.Task{MessageType: &cloudtaskspb.Task_HttpRequest{HttpRequest: request}, DispatchDeadline: durationpb.New(deadline)}
	if !m.NotBefore.IsZero() {
		task.ScheduleTime = timestamppb.New(m.NotBefore)
	}
	_, err := t.client.CreateTask(ctx, &cloudtaskspb.CreateTaskRequest{Parent: t.queue, Task: task}, again)
	return t.explain(err)
}

// attribute is the form of a header that callees take for an attribute.
var attribute = regexp.MustCompile(`^ce-[a-z0-9]+$`)

var again = gax.WithRetry(func() gax.Retryer {
	return gax.OnCodes([]codes.Code{codes.Unavailable}, gax.Backoff{Initial: 100 * time.Millisecond, Max: 10 * time.Second, Multiplier: 1.3})
})

// Flush waits for what was enqueued; it is on its way at once.
func (t *Transport) Flush(ctx context.Context) {
	t.mu.Lock()
	var all []*sending
	for s := range t.enqueued {
		all = append(all, s)
	}
	t.mu.Unlock()
	for _, s := range all {
		select {
		case <-s.done:
		case <-ctx.Done():
			return
		}
	}
	for _, q := range t.life.Queues() {
		q.Flush(ctx)
	}
}

// Close refuses messages, and waits for what is being sent.
func (t *Transport) Close() error {
	return t.life.Close(func() error {
		if t.owned {
			return t.client.Close()
		}
		return nil
	})
}

var cures = map[codes.Code]string{
	codes.NotFound:         "the queue does not exist (create it with gcloud tasks queues create, or correct DISPATCH_URL)",
	codes.PermissionDenied: "permission denied (grant roles/cloudtasks.enqueuer on the queue, and roles/iam.serviceAccountUser on the account)",
}

// explain says what was being done.
func (t *Transport) explain(err error) error { return service.Explain("send by "+t.queue, err, cures) }
