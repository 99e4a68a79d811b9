// Package good registers functions whose arguments survive encoding although they
// look as if they did not.
package good

import (
	"context"
	"encoding/json"
	"math/big"
	"net/netip"
	"time"

	"google.golang.org/protobuf/types/known/structpb"

	"github.com/cloud-functions-dispatch/go/dispatch"
	_ "github.com/cloud-functions-dispatch/go/dispatch/protobuf"
)

type (
	Base struct{ ID string }

	// hiding has a chan that no encoder sees, since it has methods.
	hiding struct{ done chan int }

	noCopy struct{}

	order struct {
		Base
		lower
		_       [0]func()
		noCopy  noCopy
		At      time.Time
		Took    time.Duration
		Next    *order
		Lines   []line
		Rates   map[netip.Addr]float64
		Any     any
		Skipped chan int          `json:"-"`
		cache   map[string]func() `json:"-"`
		Named   time.Time         `json:"time"`
		Inline  Base              `json:",inline"`
	}
	lower struct{ Total *big.Int }
	line  struct {
		Quantity int `json:",string"`
		Raw      json.RawMessage
	}
	wrapped        struct{ time.Time }
	phantom[T any] struct{ ID string }
	alias          = []map[string]*order
	tree           struct{ Left, Right *tree }
	list           []list
)

func (hiding) MarshalJSON() ([]byte, error) { return []byte("null"), nil }
func (*hiding) UnmarshalJSON([]byte) error  { return nil }

var (
	Order   = dispatch.Register(takeOrder)
	Others  = dispatch.Register(takeOthers)
	Message = dispatch.Register(takeMessage)
	Any     = dispatch.Register(takeAny)
)

func takeOrder(_ context.Context, _ order, _ *order, _ alias, _ ...hiding) error { return nil }
func takeOthers(context.Context, wrapped, phantom[chan int], tree, list, [16]byte, uintptr) error {
	return nil
}
func takeMessage(context.Context, *structpb.Struct, ...*structpb.Value) error { return nil }
func takeAny(context.Context, any, ...any) error                              { return nil }

func calls(ctx context.Context, s string, args []any, m map[string]any) {
	const rate = 1.5
	_ = Any.Call(ctx, nil, s, rate, 2.0, s == "", float64(len(s)))
	_ = Any.Call(ctx, "x", args...)
	_ = Any.Call(ctx, m, any("text"), []any{nil, "a", args[0], []any{true}}, map[string]any{"k": 1.0})
	_ = Any.Call(ctx, "x", []any{nil, "a", m}...)
	_ = Order.Call // takes no any
}

// A bag encodes and decodes itself.
type bag map[string]any

func (bag) MarshalJSON() ([]byte, error) { return []byte("{}"), nil }
func (*bag) UnmarshalJSON([]byte) error  { return nil }

var Bag = dispatch.Register(takeBag)

func takeBag(context.Context, bag) error { return nil }

func callBag(ctx context.Context) error { return Bag.Call(ctx, bag{"n": 1}) }

// generic calls a function with a parameter of type T, which is not any.
func generic[T any](ctx context.Context, f *dispatch.Func[func(context.Context, T) error], v T) error {
	return f.Call(ctx, v)
}

// formless calls a function that Register rejects. Another check reports that.
func formless(f *dispatch.Func[func(...any) error]) error { return f.Call() }
