package fx

import (
	"context"
	"errors"
	"fmt"

	"github.com/cloud-functions-dispatch/go/dispatch"

	"example.com/local/writes/right_setters_in_init/internal/conf"
)

var (
	Rate     int
	currency string
)

func setCurrency(c string) { currency = c }

var setters = []func(){
	func() { conf.Set(&Rate, 7) },
	func() { setCurrency("USD") },
}

func init() {
	for _, f := range setters {
		f()
	}
}

var Print = dispatch.Register(printRate)

func printRate(ctx context.Context) error {
	if currency == "" {
		return errors.New("fx: no currency")
	}
	fmt.Println("rate", Rate, "per", currency)
	return nil
}
