package invoices

import (
	"context"
	"fmt"

	"github.com/cloud-functions-dispatch/go/dispatch"

	"example.com/local/holders/map_literal/rates"
)

var Print = dispatch.Register(printInvoice)

func printInvoice(_ context.Context, eur float64, currency string) error {
	fmt.Printf("%.2f EUR = %.2f %s\n", eur, rates.FromEUR(eur, currency), currency)
	return nil
}
