package registry

import (
	"context"
	"fmt"
	"time"
)

// Info describes the call being executed. dispatch.Info documents it.
type Info struct {
	ID      string
	Name    string
	Attempt int
	Time    time.Time
}

// An Invocation is a call that is being executed. It is also the context of the function.
type Invocation struct {
	context.Context // of the delivery

	info Info
	self context.Context // the Invocation, as the function takes it: reflect needs its address
}

// Invoke returns the invocation under ctx for the call i.
func Invoke(ctx context.Context, i Info) *Invocation {
	v := &Invocation{Context: ctx, info: i}
	v.self = v
	return v
}

type infoKey struct{}

// Value returns the Info for its key.
func (v *Invocation) Value(key any) any {
	if _, ok := key.(infoKey); ok {
		return &v.info
	}
	return v.Context.Value(key)
}

// String is for package fmt, which would print all that the contexts hold.
func (v *Invocation) String() string { return fmt.Sprint(v.Context) + ".Invocation" }

// FromContext returns the call being executed under ctx, if there is one.
func FromContext(ctx context.Context) (Info, bool) {
	if i, ok := ctx.Value(infoKey{}).(*Info); ok {
		return *i, true
	}
	return Info{}, false
}
