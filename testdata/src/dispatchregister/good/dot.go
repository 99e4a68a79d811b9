//go:build go1.18

package good

import (
	"context"

	. "github.com/cloud-functions-dispatch/go/dispatch"
)

var Dotted = Register(dotted)

func dotted(context.Context) error { return nil }
