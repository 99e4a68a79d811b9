package dispatchtest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/envelope"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/mem"
)

// A Queue keeps the calls that are made under its context, and executes none
// until [Queue.Run] is called. It refuses what Pub/Sub would refuse. [New] makes
// one; its methods are safe for concurrent use.
type Queue struct {
	tb     testing.TB
	client *dispatch.Client

	running sync.Mutex // held by Run

	mu     sync.Mutex
	handle transport.Handler
	calls  []*call
	queues map[string]*recorder // those beside the client's own
}

// A Call is one that a test has made.
type Call struct {
	ID          string
	Name        string // of the function
	Args        string // the JSON array of arguments
	Queue       string // as dispatch.Queue has it
	OrderingKey string
	Time        time.Time // when it was made
}

// A call is one that the queue keeps.
type call struct {
	Call
	delivery transport.Delivery
	executed bool
}

// New returns an empty queue for the test tb.
func New(tb testing.TB) *Queue {
	q := &Queue{tb: tb, queues: make(map[string]*recorder)}
	q.client = dispatch.New(&recorder{queue: q})
	return q
}

// Client returns the client whose calls the queue keeps.
func (q *Queue) Client() *dispatch.Client { return q.client }

// Context returns the test's context, with the queue's client.
func (q *Queue) Context() context.Context { return dispatch.WithClient(q.tb.Context(), q.client) }

// Calls returns the calls so far, in the order in which they were made.
func (q *Queue) Calls() []Call {
	q.mu.Lock()
	defer q.mu.Unlock()
	out := make([]Call, len(q.calls))
	for i, c := range q.calls {
		out[i] = c.Call
	}
	return out
}

// Run executes the calls as a callee in this process would, one after the
// other, those included that functions make meanwhile, and returns the errors
// of those that failed, joined. A call that failed is executed again by the next
// Run, under the same ID and as another attempt; one that was executed is not.
//
// Run waits for another Run to end, so a function must not call it.
func (q *Queue) Run() error {
	q.running.Lock()
	defer q.running.Unlock()
	var errs []error
	for i := 0; ; i++ {
		q.mu.Lock()
		if i == len(q.calls) {
			q.mu.Unlock()
			return errors.Join(errs...)
		}
		c, handle := q.calls[i], q.handle
		if c.executed {
			q.mu.Unlock()
			continue
		}
		c.delivery.Attempt++
		d := c.delivery
		d.Attributes = maps.Clone(d.Attributes)
		q.mu.Unlock()
		err := handle(q.tb.Context(), &d)
		errs = append(errs, err)
		q.mu.Lock()
		c.executed = err == nil
		q.mu.Unlock()
	}
}

// add keeps the call in m.
func (q *Queue) add(queue string, m *transport.Message) error {
	e, err := envelope.Decode(m.Attributes, m.Data)
	if err != nil {
		return fmt.Errorf("dispatchtest: %w", err)
	}
	now := time.Now()
	q.mu.Lock()
	defer q.mu.Unlock()
	q.calls = append(q.calls, &call{
		Call:     Call{ID: e.ID, Name: e.Name, Args: string(e.Args), Queue: queue, OrderingKey: m.OrderingKey, Time: now},
		delivery: transport.Delivery{Message: transport.Message{Data: slices.Clone(m.Data), Attributes: maps.Clone(m.Attributes), OrderingKey: m.OrderingKey}, Published: now},
	})
	return nil
}

// A recorder is the transport to one of the queues that end in a Queue.
type recorder struct {
	queue *Queue
	name  string
}

var (
	_ transport.Local  = (*recorder)(nil)
	_ transport.Queuer = (*recorder)(nil)
)

// maxSize is that of Pub/Sub, as mem has it.
var maxSize = mem.New().MaxSize()

func (r *recorder) Publish(ctx context.Context, m *transport.Message) error {
	if err := cmp.Or(ctx.Err(), transport.CheckSize(m, maxSize), transport.CheckText(m)); err != nil {
		return err
	}
	return r.queue.add(r.name, m)
}

func (r *recorder) Enqueue(ctx context.Context, m *transport.Message) (func(context.Context) error, error) {
	return func(context.Context) error { return nil }, r.Publish(ctx, m)
}

func (r *recorder) Queue(name string) (transport.Transport, error) {
	q := r.queue
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.queues[name] == nil {
		q.queues[name] = &recorder{q, name}
	}
	return q.queues[name], nil
}

func (r *recorder) Handle(h transport.Handler) {
	r.queue.mu.Lock()
	defer r.queue.mu.Unlock()
	r.queue.handle = h
}

func (r *recorder) Flush(context.Context) {}
func (r *recorder) MaxSize() int          { return maxSize }
func (r *recorder) Close() error          { return nil }
