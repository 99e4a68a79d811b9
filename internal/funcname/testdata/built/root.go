// Package app is the root of a module whose path ends in a dotted element.
package app

import "context"

func F(context.Context) error { return nil }
