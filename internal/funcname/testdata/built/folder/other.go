// Package other has another name than its folder.
package other

import "context"

func F(context.Context) error { return nil }
