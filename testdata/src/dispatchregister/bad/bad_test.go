package bad

import (
	"context"

	"github.com/cloud-functions-dispatch/go/dispatch"

	"example.com/fixtures/src/dispatchregister/other"
)

var inTest = dispatch.Register(notForTests) // want `bad.notForTests is registered in a test file: no callee has it`

var others = dispatch.Register(other.Deliver) // want `other.Deliver is registered in a test file: no callee has it`

// A function of a test needs a name like any other.
var inLiteral = dispatch.Register(func(context.Context) error { return nil }) // want `function literal passed to dispatch.Register has no stable name`

var wrongForm = dispatch.Register(testOnly) // want `bad.testOnly does not take a context.Context as its first parameter`

func testOnly(string) error { return nil }
