// Package work has the functions that the benchmark calls, and their arguments.
package work

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

// An Order is an argument like those of real services.
type Order struct {
	ID       string    `json:"id"`
	Customer Customer  `json:"customer"`
	Placed   time.Time `json:"placed"`
	Lines    []Line    `json:"lines"`
	Note     string    `json:"note,omitempty"`
}

// A Customer is part of an [Order].
type Customer struct {
	Name   string            `json:"name"`
	Email  string            `json:"email"`
	Labels map[string]string `json:"labels"`
}

// A Line is part of an [Order].
type Line struct {
	SKU      string  `json:"sku"`
	Title    string  `json:"title"`
	Quantity int     `json:"quantity"`
	Cents    int64   `json:"cents"`
	Weight   float64 `json:"weight"`
	Gift     bool    `json:"gift"`
}

// A Call is a function of two arguments, with values for them.
type Call[A, B any] struct {
	Size string // of the arguments, in words
	Func *dispatch.Func[func(context.Context, A, B) error]
	Do   func(context.Context, A, B) error // the same function
	A    A
	B    B
}

var (
	resizes = dispatch.Register(resize)
	places  = dispatch.Register(place)
)

// The calls: with 35 bytes, 1.2 KB and 100 KB of arguments, as JSON.
var (
	Small  = Call[string, int]{"small", resizes, resize, "photos/2026/11/picture.jpg", 1320}
	Medium = Call[string, Order]{"medium", places, place, "tenant-17", order(9)}
	Large  = Call[string, Order]{"large", places, place, "tenant-17", order(950)}
)

func order(lines int) Order {
	o := Order{
		ID:       "5f0c2d1e-8a57-4c5e-9f43-0d2b9d2a7c11",
		Customer: Customer{"Ada Lovelace", "ada@example.com", map[string]string{"tier": "gold", "region": "eu"}},
		Placed:   time.Date(2026, 1, 2, 3, 4, 5, 678_000_000, time.UTC),
		Note:     "Leave it with the neighbors \u2013 \"blue door\".",
	}
	for i := range lines {
		o.Lines = append(o.Lines, Line{
			SKU:      "SKU-" + strings.Repeat(string(rune('A'+i*7%26)), 3) + "-" + string(rune('0'+i%10)),
			Title:    titles[i*31%len(titles)],
			Quantity: 1 + i*13%9, Cents: int64(199 + i*7919%100_000), Weight: float64(i*37%1000) / 8, Gift: i%5 == 0,
		})
	}
	return o
}

var titles = []string{"Kettle, stainless steel", "Notebook A5, ruled, 3 pieces", "Desk lamp", "USB cable, 2 m", "Coffee beans, dark roast, 1 kg", "Bicycle pump"}

// ran holds the arguments with which each function ran last, if keep is set.
var ran struct {
	keep   bool
	path   string
	width  int
	tenant string
	order  Order
}

func resize(_ context.Context, path string, width int) error {
	if ran.keep {
		ran.path, ran.width = path, width
	}
	return nil
}

func place(_ context.Context, tenant string, o Order) error {
	if ran.keep {
		ran.tenant, ran.order = tenant, o
	}
	return nil
}

// Check returns an error if do does not run the function of c with its arguments.
func (c Call[A, B]) Check(do func() error) error {
	ran.path, ran.tenant, ran.order = "", "", Order{}
	ran.keep = true
	defer func() { ran.keep = false }()
	if err := do(); err != nil {
		return err
	}
	var a, b any = ran.path, ran.width
	if _, ok := any(c.B).(Order); ok {
		a, b = ran.tenant, ran.order
	}
	if !reflect.DeepEqual(a, any(c.A)) || !reflect.DeepEqual(b, any(c.B)) {
		return errors.New("the function did not run with the arguments of the call")
	}
	return nil
}
