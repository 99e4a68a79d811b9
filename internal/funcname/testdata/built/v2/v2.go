// Package app is the second major version of something.
package app

import "context"

func F(context.Context) error { return nil }
