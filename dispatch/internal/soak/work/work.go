// Package work has what callees execute for as long as a test lasts.
package work

import (
	"context"
	"errors"
	"math/rand"
	"sync/atomic"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

// Executed is how many calls have succeeded.
var Executed atomic.Int64

var errUnlucky = errors.New("bad luck")

// The functions: one that ends well, two that do not, and one that is called
// again by each of its calls.
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

// chain fails before it calls, so that there are never more calls.
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
