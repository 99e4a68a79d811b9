package invocation

import (
	"context"
	"reflect"

	"github.com/cloud-functions-dispatch/go/dispatch/internal/codec"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

// An Outgoing call is one on its way to its queue.
type Outgoing struct {
	Name      string // of the function
	Signature *codec.Signature
	Args      []reflect.Value // what it was called with, after the context
	Send      transport.Publisher
}

type outgoingKey struct{}

// WithOutgoing returns ctx with the call that is published under it.
func WithOutgoing(ctx context.Context, o *Outgoing) context.Context {
	return context.WithValue(ctx, outgoingKey{}, o)
}

// OutgoingFrom returns what WithOutgoing put there, or nil.
func OutgoingFrom(ctx context.Context) *Outgoing {
	o, _ := ctx.Value(outgoingKey{}).(*Outgoing)
	return o
}
