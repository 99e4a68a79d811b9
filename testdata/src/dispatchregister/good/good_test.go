package good

import (
	"context"
	"testing"

	"github.com/cloud-functions-dispatch/go/dispatch"

	"example.com/fixtures/src/dispatchregister/helper"
)

// A function of a test is called by the test only.
var (
	double = dispatch.Register(doubleIt, dispatch.Name("test.double"))
	helped = helper.Slow(halveIt)
)

func doubleIt(context.Context, int) error { return nil }
func halveIt(context.Context, int) error  { return nil }

// InTest is for the external tests.
func InTest(context.Context) error { return nil }

func Test(t *testing.T) {
	local := dispatch.Register(localIt)
	_, _, _ = double, helped, local
}

func localIt(context.Context) error { return nil }
