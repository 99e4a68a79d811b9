// Package calls silences a check, correctly and incorrectly.
package calls

import (
	"context"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

var Make = dispatch.Register(makeThumb)

func makeThumb(ctx context.Context, path string) error { return nil }

func use(ctx context.Context) {
	Make.Call(ctx, "a") //dispatch:ignore dispatchcall the thumbnail is a courtesy

	//dispatch:ignore dispatchcall two on one line
	func() { Make.Call(ctx, "b"); Make.Call(ctx, "c") }()

	/* want `//dispatch:ignore dispatchcall silences nothing here` */ //dispatch:ignore dispatchcall it reaches no further than the next line

	Make.Call(ctx, "d") // want `the error of Make.Call is dropped`

	Make.Call(ctx, "e") /* want `the error of Make.Call is dropped` `//dispatch:ignore dispatchcall has no reason: it silences nothing \(add a reason after the check's name\)` */ //dispatch:ignore dispatchcall

	Make.Call(ctx, "f") /* want `the error of Make.Call is dropped` */ //dispatch:ignore dispatchargs for another check

	//dispatch:ignored dispatchcall another word
	Make.Call(ctx, "g") // want `the error of Make.Call is dropped`

	_ = Make.Call(ctx, "h") /* want `//dispatch:ignore dispatchcall silences nothing here \(delete it\)` */ //dispatch:ignore dispatchcall there is nothing
}
