package registry

import (
	"context"
	"time"
)

// Info describes the call being executed. dispatch.Info documents it.
type Info struct {
	ID      string
	Name    string
	Attempt int
	Time    time.Time
}

type infoKey struct{}

// NewContext returns a context for executing the call i.
func NewContext(ctx context.Context, i Info) context.Context {
	return context.WithValue(ctx, infoKey{}, i)
}

// FromContext returns the call being executed under ctx, if there is one.
func FromContext(ctx context.Context) (Info, bool) {
	i, ok := ctx.Value(infoKey{}).(Info)
	return i, ok
}
