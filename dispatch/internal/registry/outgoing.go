package registry

import (
	"context"
	"reflect"

	"github.com/cloud-functions-dispatch/go/dispatch/internal/codec"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

// An Outgoing is a call that is being published.
type Outgoing struct {
	Name      string // of the function
	Signature *codec.Signature
	Args      []reflect.Value // after the context
	Send      transport.Publisher
}

type outgoingKey struct{}

// WithOutgoing returns a context for publishing the call o.
func WithOutgoing(ctx context.Context, o *Outgoing) context.Context {
	return context.WithValue(ctx, outgoingKey{}, o)
}

// OutgoingFrom returns the call being published under ctx, or nil.
func OutgoingFrom(ctx context.Context) *Outgoing {
	o, _ := ctx.Value(outgoingKey{}).(*Outgoing)
	return o
}
