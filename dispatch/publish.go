package dispatch

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch/internal/envelope"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/limit"
	"github.com/cloud-functions-dispatch/go/dispatch/internal/registry"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

// publish implements Call, with untyped arguments.
func publish(ctx context.Context, f *registry.Function, o *callOptions, args []reflect.Value) error {
	if err := tryPublish(ctx, f, o, args); err != nil {
		return fmt.Errorf("dispatch: call %s: %w", f.Name, err)
	}
	return nil
}

// tryPublish does the work of publish, which adds the function's name to its errors.
func tryPublish(ctx context.Context, f *registry.Function, o *callOptions, args []reflect.Value) error {
	if ctx == nil {
		return errors.New("the context is nil (pass context.Background())")
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("the context is done: %w (use a context that is not done, such as context.WithoutCancel(ctx))", err)
	}
	if o.err != nil {
		return o.err
	}
	c, err := clientFor(ctx)
	if err != nil {
		return err
	}
	queue, err := c.queue(o.queue)
	if err != nil {
		return err
	}
	p := &publishing{client: c, queue: queue, function: f}
	p.Outgoing = registry.Outgoing{Context: ctx, Name: f.Name, Signature: f.Signature, Args: args, Sender: p}
	if err := p.encode(o); err != nil {
		return err
	}
	return c.publish(&p.Outgoing, &p.message)
}

// A publishing is a call that is being published. It holds all that the call needs, so
// that this is allocated at once.
type publishing struct {
	registry.Outgoing
	client   *Client
	queue    transport.Transport
	function *registry.Function
	call     envelope.Call // without its arguments
	message  transport.Message
	limit    limit.Context // of the first Send
	sent     atomic.Bool   // Send was called: a middleware may call it again
}

// Send is the innermost publisher.
func (p *publishing) Send(ctx context.Context, m *transport.Message) error {
	if b := batchFrom(ctx); b != nil {
		return b.add(ctx, p.queue, queued{client: p.client, name: p.function.Name, id: p.call.ID}, m)
	}
	limited := &p.limit
	if p.sent.Swap(true) {
		limited = new(limit.Context)
	}
	return p.client.await(ctx, limited, func(ctx context.Context) error { return p.queue.Publish(ctx, m) })
}

var errNoCall = errors.New("a middleware called next without the context of the call (derive the context that you pass to next from the one you received)")

// send is the innermost publisher. It sends the call that ctx carries.
func send(ctx context.Context, m *transport.Message) error {
	if o := registry.OutgoingFrom(ctx); o != nil {
		return o.Send(ctx, m)
	}
	return errNoCall
}

// encode sets the ID and the message: the ID is a random one if o has none.
func (p *publishing) encode(o *callOptions) error {
	f, c, call := p.function, p.client, &p.call
	*call = envelope.Call{ID: o.id, Source: c.source, Name: f.Name}
	now := time.Now()
	if _, untimed := p.queue.(transport.Untimed); untimed {
		call.Time = now
	}
	var err error
	if call.NotBefore, call.Expiry, err = o.schedule(now); err != nil {
		return err
	}
	if call.ID == "" {
		call.ID = rand.Text()
	}
	b := buffers.Get().(*bytes.Buffer)
	defer recycle(b)
	if err = f.Signature.EncodeTo(b, p.Args); err != nil {
		return err
	}
	call.Args = b.Bytes()
	defer func() { call.Args = nil }()
	p.message.OrderingKey, p.message.NotBefore = o.orderingKey, call.NotBefore
	if p.message.Attributes, p.message.Data, err = envelope.Encode(call, c.compressAbove); err != nil {
		return err
	}
	if err := f.Signature.Check(call.Args); err != nil { // as the callee does
		return err
	}
	if c.unverified {
		return nil
	}
	return f.Signature.Verify(p.Args, call.Args)
}

// buffers hold arguments while they are encoded. The message has a copy of the right size,
// or a compressed one.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// maxBuffer is the largest buffer that is kept, in bytes.
const maxBuffer = 1 << 20

func recycle(b *bytes.Buffer) {
	if b.Cap() <= maxBuffer {
		b.Reset()
		buffers.Put(b)
	}
}
