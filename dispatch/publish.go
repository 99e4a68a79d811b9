package dispatch

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch/internal/envelope"
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
	_, untimed := queue.(transport.Untimed)
	id, m, err := c.message(f, o, args, untimed)
	if err != nil {
		return err
	}
	return c.publish(registry.WithOutgoing(ctx, &registry.Outgoing{
		Name: f.Name, Signature: f.Signature, Args: args,
		Send: func(ctx context.Context, m *transport.Message) error {
			if b := batchFrom(ctx); b != nil {
				return b.add(ctx, queue, queued{client: c, name: f.Name, id: id}, m)
			}
			return c.await(ctx, func(ctx context.Context) error { return queue.Publish(ctx, m) })
		},
	}), m)
}

var errNoCall = errors.New("a middleware called next without the context of the call (derive the context that you pass to next from the one you received)")

// send is the innermost publisher. It sends the call that ctx carries.
func send(ctx context.Context, m *transport.Message) error {
	if o := registry.OutgoingFrom(ctx); o != nil {
		return o.Send(ctx, m)
	}
	return errNoCall
}

// message returns the message of a call, and the call's ID: a random one if o has none.
func (c *Client) message(f *registry.Function, o *callOptions, args []reflect.Value, untimed bool) (id string, m *transport.Message, err error) {
	call := &envelope.Call{ID: o.id, Source: c.source, Name: f.Name}
	now := time.Now()
	if untimed {
		call.Time = now
	}
	if call.NotBefore, call.Expiry, err = o.schedule(now); err != nil {
		return "", nil, err
	}
	if call.ID == "" {
		call.ID = rand.Text()
	}
	if call.Args, err = f.Signature.Encode(nil, args); err != nil {
		return "", nil, err
	}
	m = &transport.Message{OrderingKey: o.orderingKey, NotBefore: call.NotBefore}
	if m.Attributes, m.Data, err = envelope.Encode(call); err != nil {
		return "", nil, err
	}
	if err := f.Signature.Check(call.Args); err != nil { // as the callee does
		return "", nil, err
	}
	if !c.unverified {
		if err := f.Signature.Verify(args, call.Args); err != nil {
			return "", nil, err
		}
	}
	return call.ID, m, nil
}
