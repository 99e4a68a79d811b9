// Package other is not named for its folder.
package other

import "context"

func F(context.Context) error { return nil }
