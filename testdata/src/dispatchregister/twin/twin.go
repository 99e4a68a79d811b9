// Package twin registers the same name as package other.
package twin

import (
	"context"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

var Send = dispatch.Register(send, dispatch.Name("mail.send"))

func send(context.Context, string) error { return nil }
