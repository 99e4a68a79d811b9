package dispatchtest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand" // not v2: a dispatchvet built by Go 1.26 cannot read its Go 1.27 types
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/envelope"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/registry"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/mem"
	"github.com/cloud-functions-dispatch/go/internal/argtype"
	"github.com/cloud-functions-dispatch/go/internal/option"
)

// A Queue records the calls made under its context. It executes none until you call
// [Queue.Run]. It refuses the calls that Pub/Sub would refuse, except for those with a
// delay. If encoding and decoding change the arguments of a call, or leave out a field that is
// set, it fails the test; see [IgnoreType] and [IgnorePath].
// Use [New] to create a Queue. Its methods are safe for concurrent use.
type Queue struct {
	tb      testing.TB
	client  *dispatch.Client
	ignored ignored
	options []dispatch.ClientOption
	repeats int                              // how often an executed call is executed again
	shuffle func(n int, swap func(i, j int)) // nil to keep the order of the calls

	running sync.Mutex // held by Run

	mu     sync.Mutex
	handle transport.Handler
	calls  []*call
	queues map[string]*recorder // other than the client's own
}

// A Call is a call that a test has made.
type Call struct {
	ID          string
	Name        string // of the function
	Args        string // the JSON array of arguments
	Queue       string // set by dispatch.Queue; empty for the client's own
	OrderingKey string
	Time        time.Time // when it was made
	Due         time.Time // when it may be executed; zero means at once
}

// A call is a recorded call.
type call struct {
	Call
	delivery transport.Delivery
	executed int // how often it was executed without an error
}

// An Option configures a [Queue]. A nil option is ignored; a value out of range fails the
// test.
type Option interface{ apply(*Queue) error }

type setting func(*Queue) error

func (f setting) apply(c *Queue) error { return f(c) }

// Redeliver makes Run execute each call n more times after the call was executed,
// under the same ID, as a queue with at-least-once delivery may. The number must not
// be negative. By default no executed call is executed again.
func Redeliver(n int) Option {
	return setting(func(q *Queue) error { return option.AtLeast(&q.repeats, "Redeliver", n, 0) })
}

// Shuffle makes Run execute the calls in a random order, as a queue without ordering
// may. Calls with the same ordering key keep their order. The same seed gives the same
// order. By default Run keeps the order of the calls.
func Shuffle(seed uint64) Option {
	return setting(func(q *Queue) error {
		q.shuffle = rand.New(rand.NewSource(int64(seed))).Shuffle
		return nil
	})
}

// IgnoreType accepts that a value of type T in an argument changes, or is not sent. It
// does not apply to a value that the call itself refuses.
func IgnoreType[T any]() Option {
	return setting(func(q *Queue) error {
		q.ignored.types[reflect.TypeFor[T]()] = true
		return nil
	})
}

// IgnorePath accepts that the part of an argument at the path changes, or is not sent. The
// path is written as in the test's failure, such as Order.Lines[].Total. It must not be
// empty.
func IgnorePath(path string) Option {
	return setting(func(q *Queue) error {
		if path == "" {
			return errors.New("IgnorePath: the path is empty (use IgnoreType for a whole argument)")
		}
		q.ignored.paths[argtype.Path(path)] = true
		return nil
	})
}

// ClientOptions gives opts to the client of the queue, such as the middleware of the
// program's client. Several options add up.
func ClientOptions(opts ...dispatch.ClientOption) Option {
	return setting(func(q *Queue) error {
		q.options = append(q.options, opts...)
		return nil
	})
}

// New returns an empty queue for the test tb.
func New(tb testing.TB, opts ...Option) *Queue {
	q := &Queue{tb: tb, queues: make(map[string]*recorder), ignored: ignored{make(map[reflect.Type]bool), make(map[argtype.Path]bool)}}
	tb.Helper()
	if err := option.Each(opts, func(o Option) error { return o.apply(q) }); err != nil {
		tb.Fatalf("dispatchtest: %v", err)
	}
	q.client = dispatch.New(&recorder{queue: q}, q.options...)
	return q
}

// Client returns the client that publishes calls to the queue.
func (q *Queue) Client() *dispatch.Client { return q.client }

// Context returns the test's context, with the queue's client.
func (q *Queue) Context() context.Context { return dispatch.WithClient(q.tb.Context(), q.client) }

// Calls returns the calls so far, in their order.
func (q *Queue) Calls() []Call {
	q.mu.Lock()
	defer q.mu.Unlock()
	out := make([]Call, len(q.calls))
	for i, c := range q.calls {
		out[i] = c.Call
	}
	return out
}

// Run executes the calls one after the other, as a callee in this process would. This
// includes the calls that functions make meanwhile, and the functions of
// [dispatch.OnStart]. Run returns the errors of failed calls, joined. The next Run
// executes a failed call again, under the same ID and as another attempt. An executed
// call is executed again only with [Redeliver].
//
// If all remaining calls are due later, Run waits for the first of them. In a bubble of
// testing/synctest this takes no time. Run waits for another Run to end, so a function
// must not call it.
func (q *Queue) Run() error {
	q.running.Lock()
	defer q.running.Unlock()
	var errs []error
	done := make(map[*call]bool)
	for {
		c, handle := q.next(done)
		if c == nil {
			return errors.Join(errs...)
		}
		time.Sleep(time.Until(c.Due))
		q.mu.Lock()
		c.delivery.Attempt++
		d := c.delivery
		d.Attributes = maps.Clone(d.Attributes)
		q.mu.Unlock()
		err := handle(q.tb.Context(), &d)
		errs = append(errs, err)
		q.mu.Lock()
		if err == nil {
			c.executed++
		}
		done[c] = err != nil || c.executed > q.repeats
		q.mu.Unlock()
	}
}

// next returns the call to execute next, or nil if there is none. It skips the calls in
// done, which this Run has finished.
func (q *Queue) next(done map[*call]bool) (*call, transport.Handler) {
	q.mu.Lock()
	defer q.mu.Unlock()
	var ready []*call
	keys := make(map[string]bool)
	for _, c := range q.calls {
		if done[c] || c.executed > q.repeats {
			continue
		}
		if c.OrderingKey != "" && keys[c.OrderingKey] {
			continue // an earlier call with this key waits
		}
		keys[c.OrderingKey] = true
		ready = append(ready, c)
	}
	if len(ready) == 0 {
		return nil, nil
	}
	if q.shuffle != nil {
		q.shuffle(len(ready), func(i, j int) { ready[i], ready[j] = ready[j], ready[i] })
	}
	now := time.Now()
	return slices.MinFunc(ready, func(a, b *call) int { // the first call that is due
		return later(a.Due, now).Compare(later(b.Due, now))
	}), q.handle
}

// later returns the later of a and b.
func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// add records the call in m.
func (q *Queue) add(ctx context.Context, queue string, m *transport.Message) error {
	e, err := envelope.Decode(m.Attributes, m.Data)
	if err != nil {
		return fmt.Errorf("dispatchtest: %w", err)
	}
	if o := registry.OutgoingFrom(ctx); o != nil {
		if err := q.checkRoundTrip(o, e.Args); err != nil {
			q.tb.Error(err)
		}
	}
	now := time.Now()
	q.mu.Lock()
	defer q.mu.Unlock()
	q.calls = append(q.calls, &call{
		Call:     Call{ID: e.ID, Name: e.Name, Args: string(e.Args), Queue: queue, OrderingKey: m.OrderingKey, Time: now, Due: m.NotBefore},
		delivery: transport.Delivery{Message: transport.Message{Data: slices.Clone(m.Data), Attributes: maps.Clone(m.Attributes), OrderingKey: m.OrderingKey}, Published: now},
	})
	return nil
}

// A recorder is the transport of one queue name. It records calls in a Queue.
type recorder struct {
	queue *Queue
	name  string
}

var (
	_ transport.Local  = (*recorder)(nil)
	_ transport.Queuer = (*recorder)(nil)
)

// maxSize is the size limit of Pub/Sub, which mem has too.
var maxSize = mem.New().MaxSize()

func (r *recorder) Publish(ctx context.Context, m *transport.Message) error {
	if err := cmp.Or(ctx.Err(), transport.CheckSize(m, maxSize), transport.CheckText(m)); err != nil {
		return err
	}
	return r.queue.add(ctx, r.name, m)
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
