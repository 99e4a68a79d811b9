package billing

import (
	"context"
	"fmt"
	"log"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

// Verbose logs each step.
var Verbose bool

var Charge = dispatch.Register(charge)

func charge(ctx context.Context, customer string, cents int) error {
	if Verbose {
		log.Println("charging", customer)
	}
	fmt.Println("charged", customer, cents)
	if Verbose {
		log.Printf("charged %s %d", customer, cents)
	}
	return nil
}
