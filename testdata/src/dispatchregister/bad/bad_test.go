package bad

import (
	"context"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

var inTest = dispatch.Register(testOnly) // want `bad.testOnly is registered in a test file: no callee has it`

func testOnly(context.Context) error { return nil }
