package registry

import (
	"context"
	"fmt"
	"reflect"

	"github.com/cloud-functions-dispatch/go/dispatch/internal/codec"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

// An Outgoing is a call that is being published. It is also the context for that.
type Outgoing struct {
	context.Context // of the call
	Sender

	Name      string // of the function
	Signature *codec.Signature
	Args      []reflect.Value // after the context
}

// A Sender sends the message of a call.
type Sender interface {
	Send(ctx context.Context, m *transport.Message) error
}

type outgoingKey struct{}

// Value returns the Outgoing for its key.
func (o *Outgoing) Value(key any) any {
	if _, ok := key.(outgoingKey); ok {
		return o
	}
	return o.Context.Value(key)
}

// String is for package fmt, which would print the arguments.
func (o *Outgoing) String() string { return fmt.Sprint(o.Context) + ".Outgoing" }

// OutgoingFrom returns the call being published under ctx, or nil.
func OutgoingFrom(ctx context.Context) *Outgoing {
	o, _ := ctx.Value(outgoingKey{}).(*Outgoing)
	return o
}
