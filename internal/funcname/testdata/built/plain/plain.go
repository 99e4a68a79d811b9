// Package plain is an ordinary package.
package plain

import "context"

func F(context.Context) error { return nil }
