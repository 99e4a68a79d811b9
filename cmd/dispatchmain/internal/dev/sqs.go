package dev

import (
	"context"
	"errors"
	"maps"
	"net"
	"net/http"
	"time"

	"github.com/cloud-functions-dispatch/go/internal/sqsserver"
	"github.com/cloud-functions-dispatch/go/internal/structured"
)

// maxCall is how long a message stays invisible. No call takes longer: the deliverer
// attempts it a few times.
const maxCall = 12 * time.Hour

// An sqsQueue is an SQS endpoint. One callee serves the queues that its clients use.
type sqsQueue struct {
	counter
	endpoint sqsserver.Server
	server   http.Server
	served   chan error // gets the result of server.Serve
	url      string     // for DISPATCH_URL
}

// newSQS starts an endpoint.
func newSQS() (*sqsQueue, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	q := &sqsQueue{served: make(chan error, 1), url: "sqs://" + l.Addr().String() + "/000000000000/" + topicID + "?insecure"}
	q.endpoint.OnDemand = true
	q.endpoint.Sent = func(n int) { q.published.Add(int64(n)) }
	q.server.Handler = &q.endpoint
	go func() { q.served <- q.server.Serve(l) }()
	return q, nil
}

func (q *sqsQueue) env() []string { return []string{"DISPATCH_URL=" + q.url} }

func (q *sqsQueue) place() string { return "DISPATCH_URL=" + q.url }

func (q *sqsQueue) pull(ctx context.Context) ([]*message, error) {
	var out []*message
	for _, m := range q.endpoint.Take(maxCall) {
		message := &message{id: m.ID, data: []byte(m.Body), attributes: m.Attributes, published: m.Sent, receipt: receipt{m.Queue, m.Receipt}}
		if e, err := structured.Decode(message.data); err == nil { // otherwise the callee says what is wrong
			maps.Copy(e.Attributes, message.attributes)
			delete(e.Attributes, "content-type") // it says that the body is an event
			message.orderingKey, message.data, message.attributes = e.Key, e.Data, e.Attributes
		}
		out = append(out, message)
	}
	if len(out) > 0 {
		return out, nil
	}
	return nil, pause(ctx)
}

func (q *sqsQueue) finish(_ context.Context, m *message) error {
	defer q.finished.Add(1)
	if !q.endpoint.Delete(m.receipt.queue, m.receipt.id) {
		return errors.New("the message is not in its queue")
	}
	return nil
}

func (q *sqsQueue) close() error {
	err := q.server.Close()
	if serr := <-q.served; serr != http.ErrServerClosed {
		err = errors.Join(err, serr)
	}
	return err
}
