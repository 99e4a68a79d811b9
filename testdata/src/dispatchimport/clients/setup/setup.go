// Package setup sets a client for programs that ask for it.
package setup

import (
	"context"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/transport/mem"
)

// A Step is a part of the start of a program.
type Step interface{ Do() }

// Client sets a client.
func Client() { dispatch.Use(dispatch.New(mem.New())) }

// Clients is a step that sets a client.
type Clients struct{}

// Do sets a client.
func (Clients) Do() { Client() }

// With returns a context with a client.
func With(ctx context.Context) context.Context {
	return dispatch.WithClient(ctx, dispatch.New(mem.New()))
}

// Name sets none.
func Name() string { return "setup" }
