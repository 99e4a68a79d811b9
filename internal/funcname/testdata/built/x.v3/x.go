// Package x has a dot in the last element of its path.
package x

import "context"

func F(context.Context) error { return nil }
