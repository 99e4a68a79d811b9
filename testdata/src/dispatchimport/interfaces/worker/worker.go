// Package worker serves when its worker runs: it is not an entrypoint itself.
package worker

import (
	"context"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/pull"
)

// A Runner runs until ctx is done.
type Runner interface {
	Run(ctx context.Context) error
}

// A Worker serves calls from a queue.
type Worker struct{ queue string }

var _ Runner = (*Worker)(nil)

// New returns a Worker.
func New() *Worker { return &Worker{} }

// NewRunner returns a Worker too.
func NewRunner() Runner { return New() }

// Run serves.
func (w *Worker) Run(ctx context.Context) error { return pull.Run(ctx) }

// String does not serve.
func (w *Worker) String() string { return w.queue }

// A Command has a function for a framework.
type Command struct {
	RunE func(ctx context.Context) error
}

// NewCommand returns the command that serves.
func NewCommand() *Command {
	w := New()
	cmd := new(Command)
	cmd.RunE = w.serve
	return cmd
}

func (w *Worker) serve(ctx context.Context) error { return w.Run(ctx) }
