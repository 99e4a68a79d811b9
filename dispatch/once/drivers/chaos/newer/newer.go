// Package newer holds the callees' version of a function that has changed. The callers
// still use the version in package older.
package newer

import (
	"context"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

// Changed takes an int. In package older it takes a string.
var Changed = dispatch.Register(changed, dispatch.Name("chaos.changed"))

func changed(context.Context, int) error { return nil }
