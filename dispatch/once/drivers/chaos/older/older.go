// Package older holds functions that callers still use. Callees do not have them any
// more, or have them with other arguments.
package older

import (
	"context"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

// Gone does not exist in callees. Changed takes an int there.
var (
	Gone    = dispatch.Register(gone)
	Changed = dispatch.Register(changed, dispatch.Name("chaos.changed"))
)

func gone(context.Context, int) error       { return nil }
func changed(context.Context, string) error { return nil }
