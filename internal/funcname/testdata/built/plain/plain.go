// Package plain is an ordinary one.
package plain

import "context"

func F(context.Context) error { return nil }
