//go:build !never

package bad

import (
	"context"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

var Tagged = dispatch.Register(tagged) // want `bad.tagged is registered in a file that is built only for !never`

func tagged(context.Context) error { return nil }
