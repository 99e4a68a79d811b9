// Package work holds the functions that callees of the soak test execute.
package work

import (
	"context"
	"errors"
	"math/rand"
	"sync/atomic"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

// Executed counts the calls that have succeeded.
var Executed atomic.Int64

var errUnlucky = errors.New("bad luck")

// The functions. Count succeeds, Fail returns an error, Panic panics, and each call of
// Chain makes the next one.
var (
	Count = dispatch.Register(count)
	Fail  = dispatch.Register(fail)
	Panic = dispatch.Register(doPanic)
	Chain *dispatch.Func[func(ctx context.Context, text string) error]
)

func init() { Chain = dispatch.Register(chain) }

func count(context.Context, string) error {
	Executed.Add(1)
	return nil
}

func fail(context.Context, string) error    { return errUnlucky }
func doPanic(context.Context, string) error { panic("worse luck") }

// chain may fail only before it makes the next call, so that the number of calls does
// not grow.
func chain(ctx context.Context, text string) error {
	switch rand.Intn(50) {
	case 0:
		return errUnlucky
	case 1:
		panic("worse luck")
	}
	Executed.Add(1)
	return Chain.Call(ctx, text)
}
