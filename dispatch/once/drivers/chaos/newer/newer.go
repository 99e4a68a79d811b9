// Package newer has what callees make of a function that callers still call as
// package older has it.
package newer

import (
	"context"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

// Changed takes another argument than it did.
var Changed = dispatch.Register(changed, dispatch.Name("chaos.changed"))

func changed(context.Context, int) error { return nil }
