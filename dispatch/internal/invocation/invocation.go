// Package invocation is what dispatch, which users see, and the executor below
// it share about a call that is being executed.
package invocation

import (
	"context"
	"time"
)

// Info is what dispatch.Info documents.
type Info struct {
	ID      string
	Name    string
	Attempt int
	Time    time.Time
}

type infoKey struct{}

// NewContext returns ctx with the facts of the call that is executed under it.
func NewContext(ctx context.Context, i Info) context.Context {
	return context.WithValue(ctx, infoKey{}, i)
}

// FromContext returns what NewContext put there.
func FromContext(ctx context.Context) (Info, bool) {
	i, ok := ctx.Value(infoKey{}).(Info)
	return i, ok
}
