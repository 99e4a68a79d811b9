package bad

import (
	"context"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

var inTest = dispatch.Register(testOnly) // want `bad.testOnly is registered in a test file, which no callee has`

func testOnly(context.Context) error { return nil }
