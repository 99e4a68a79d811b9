// Package invocation is what dispatch, which users see, and the executor below
// it share about a call that is being executed.
package invocation

import (
	"context"
	"errors"
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

// PermanentError marks an error that no retry will cure.
type PermanentError struct{ Err error }

func (e *PermanentError) Error() string { return e.Err.Error() }
func (e *PermanentError) Unwrap() error { return e.Err }

// IsPermanent reports whether err, or an error that it wraps, is marked.
func IsPermanent(err error) bool {
	_, ok := errors.AsType[*PermanentError](err)
	return ok
}
