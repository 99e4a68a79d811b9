// Package config has the configuration that the options of package entrypoint set. It
// is apart from entrypoint and executor, so that entrypoint need not import the
// executor.
package config

import (
	"context"
	"log/slog"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch/deadletter"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

// An Entrypoint is the configuration of an entrypoint, which tells observers of an R
// for each delivery: entrypoint.Result. The options document the fields. A zero field
// was not set.
type Entrypoint[R any] struct {
	Logger      *slog.Logger
	Middleware  []func(transport.Handler) transport.Handler
	Allowed     []string // names of functions; nil if all are
	Admit       func(ctx context.Context, authorization string) error
	Observers   []func(context.Context, R)
	DeadLetters deadletter.Sink

	Concurrency int
	MaxBody     int64
	MaxArgs     int
	MaxDecoded  int64
	MaxDepth    int
	MaxHeld     int64

	Grace    time.Duration
	Patience time.Duration
	Timeout  time.Duration // of a function
	Deadline time.Duration // of a delivery
}
