// Package other is in a folder with another name.
package other

import (
	"context"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

var F = dispatch.Register(f)

func f(context.Context) error { return nil }
