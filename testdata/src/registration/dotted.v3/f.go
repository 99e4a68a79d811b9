// Package dotted is in a folder with another name.
package dotted

import (
	"context"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

var F = dispatch.Register(f)

func f(context.Context) error { return nil }
