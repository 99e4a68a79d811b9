package billing

import (
	"context"
	"fmt"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

// DryRun makes charges have no effect.
var DryRun bool

var Charge = dispatch.Register(charge)

func charge(ctx context.Context, customer string, cents int) error {
	if DryRun {
		fmt.Println("would charge", customer, cents)
		return nil
	}
	return capture(customer, cents)
}

func capture(customer string, cents int) error {
	fmt.Println("CHARGED", customer, cents)
	return nil
}
