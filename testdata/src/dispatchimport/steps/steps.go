// Package steps registers a function that makes a call.
package steps

import (
	"context"

	"github.com/cloud-functions-dispatch/go/dispatch"

	"example.com/fixtures/src/dispatchimport/reach"
)

var First = dispatch.Register(first)

func first(ctx context.Context) error { return reach.Invite(ctx) }
