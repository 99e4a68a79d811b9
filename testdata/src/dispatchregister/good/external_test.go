package good_test

import (
	"context"

	"github.com/cloud-functions-dispatch/go/dispatch"

	"example.com/fixtures/src/dispatchregister/good"
)

var (
	inTest = dispatch.Register(good.InTest)
	mine   = dispatch.Register(mineIt)
)

func mineIt(context.Context) error { return nil }
