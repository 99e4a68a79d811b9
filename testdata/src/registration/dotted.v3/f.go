// Package dotted is in a folder of another name.
package dotted

import (
	"context"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

var F = dispatch.Register(f)

func f(context.Context) error { return nil }
