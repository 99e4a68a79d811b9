package billing

import (
	"context"
	"flag"
	"fmt"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

// DryRun makes charges have no effect.
var DryRun bool

// Flags declares the flags of the package.
func Flags(fs *flag.FlagSet) { fs.BoolVar(&DryRun, "dry-run", false, "charge nothing") }

var Charge = dispatch.Register(charge)

func charge(ctx context.Context, customer string, cents int) error {
	if DryRun {
		fmt.Println("would charge", customer, cents)
		return nil
	}
	fmt.Println("CHARGED", customer, cents)
	return nil
}
