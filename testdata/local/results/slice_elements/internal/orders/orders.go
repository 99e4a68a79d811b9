package orders

import (
	"context"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

type Item struct {
	SKU   string
	Cents int
}

type Order struct {
	ID    int
	Items []Item
}

var catalog = map[string]int{"tea": 10, "cup": 20}

var Price = dispatch.Register(price)

func price(ctx context.Context, o Order) error {
	for i := range o.Items {
		o.Items[i].Cents = catalog[o.Items[i].SKU] // want `orders.price writes through its argument o.Items\[\].Cents, which is a copy in the callee: the caller never sees the change`
	}
	return nil
}
