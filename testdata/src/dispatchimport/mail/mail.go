// Package mail registers a function.
package mail

import (
	"context"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

var Send = dispatch.Register(send)

func send(context.Context, string) error { return nil }
