// Package good registers functions in correct ways that look wrong.
package good

import (
	"context"
	"time"

	d "github.com/cloud-functions-dispatch/go/dispatch"

	"example.com/fixtures/src/dispatchregister/other"
)

const pinned = "good" + ".pinned"

var (
	Plain     = d.Register(plain)
	Paren     = (d.Register[func(context.Context, map[string]int) error])((paren))
	Typed     = d.Register[func(context.Context, ...string) error](typed)
	Pinned    = d.Register(pin, d.Name(pinned))
	Timed     = d.Register(timed, d.Timeout(time.Minute), d.Name("good.timed"))
	Aliased   = d.Register(aliased, d.Alias("good.old"), d.Alias("good.older"))
	Elsewhere = d.Register(other.Deliver)
	_         = d.Register(blank)
	inStruct  = struct {
		f *d.Func[func(context.Context) error]
	}{d.Register(field)}
	holder *d.Func[func(context.Context, int) error]
)

func plain(context.Context) error                    { return nil }
func paren(context.Context, map[string]int) error    { return nil }
func typed(_ context.Context, names ...string) error { return nil }
func pin(context.Context) error                      { return nil }
func timed(context.Context) error                    { return nil }
func aliased(context.Context) error                  { return nil }
func blank(context.Context) error                    { return nil }
func field(context.Context) error                    { return nil }

// recurse calls itself through its Func, so it is registered in init.
func recurse(ctx context.Context, n int) error {
	if n == 0 {
		return nil
	}
	return holder.Call(ctx, n-1)
}

func init() {
	{
		holder = d.Register(recurse)
	}
	helper := func() int { return 1 }
	_ = helper()
	d.Register(discarded)
	func() {
		d.Register(inLiteral)
	}()
}

func inLiteral(context.Context) error { return nil }

func discarded(context.Context) error { return nil }

// With derives another Func from a Func that Register made.
func With() *d.Func[func(context.Context) error] { return Plain.With() }

// The expression of a condition always runs.
func init() {
	if d.Register(inCondition) == nil {
		panic("no Func")
	}
	switch setUp() {
	case true:
	}
}

func setUp() bool { return d.Register(inHelper) != nil }

func inCondition(context.Context) error { return nil }
func inHelper(context.Context) error    { return nil }
