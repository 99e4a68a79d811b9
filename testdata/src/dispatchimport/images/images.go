// Package images registers a function.
package images

import (
	"context"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

var Scale = dispatch.Register(scale)

func scale(context.Context, string) error { return nil }
