// Package other registers a function for others to collide with.
package other

import (
	"context"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

var Send = dispatch.Register(send, dispatch.Name("mail.send"))

func send(context.Context, string) error { return nil }

// Deliver is registered elsewhere.
func Deliver(context.Context, string) error { return nil }
