package bad_test

import (
	"github.com/cloud-functions-dispatch/go/dispatch"

	"example.com/fixtures/src/dispatchregister/other"
)

var others = dispatch.Register(other.Deliver) // want `other.Deliver is registered in a test file: no callee has it`
