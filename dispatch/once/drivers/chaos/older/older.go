// Package older has what callers call and callees do not have, or have otherwise.
package older

import (
	"context"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

// The functions.
var (
	Gone    = dispatch.Register(gone)
	Changed = dispatch.Register(changed, dispatch.Name("chaos.changed"))
)

func gone(context.Context, int) error       { return nil }
func changed(context.Context, string) error { return nil }
