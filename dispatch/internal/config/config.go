// Package config holds the configuration that the options of package entrypoint set. It
// is a package of its own so that entrypoint need not import the executor.
package config

import (
	"context"
	"log/slog"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch/deadletter"
	"github.com/cloud-functions-dispatch/go/dispatch/transport"
)

// The limits of callers, which a callee cannot raise. A test holds them equal to those of
// envelope and codec.
const (
	MaxArgs  = 16 << 20
	MaxDepth = 10_000
)

// An Entrypoint is the configuration of an entrypoint. R is entrypoint.Result, which
// the observers receive for each delivery. The options document the fields. A field
// that was not set is zero.
type Entrypoint[R any] struct {
	Logger      *slog.Logger
	Middleware  []func(transport.Handler) transport.Handler
	Allowed     []string // names of functions; nil if all are allowed
	Admit       func(ctx context.Context, authorization string) error
	Observers   []func(context.Context, R)
	DeadLetters deadletter.Sink

	Concurrency int
	MaxBody     int64
	MaxArgs     int
	MaxDecoded  int64
	MaxDepth    int
	MaxHeld     int64

	KeepVisibility bool // of failed messages in SQS

	Grace    time.Duration
	Patience time.Duration
	Timeout  time.Duration // limit for a function
	Deadline time.Duration // limit for a delivery
}
