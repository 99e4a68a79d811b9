package bad

import (
	"context"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

var Suffixed = dispatch.Register(suffixed) // want `bad.suffixed is registered in a file that is built only for the platform in the name bad_arm64.go`

func suffixed(context.Context) error { return nil }
