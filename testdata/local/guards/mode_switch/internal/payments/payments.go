package payments

import (
	"context"
	"fmt"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

type Mode string

const (
	Live Mode = "live"
	Test Mode = "test"
)

var mode Mode

// Configure selects the payment provider's environment.
func Configure(m Mode) { mode = m }

var Charge = dispatch.Register(charge, dispatch.Timeout(30*time.Second))

func charge(ctx context.Context, customer string, cents int64) error {
	var endpoint string
	switch mode {
	case Live:
		endpoint = "https://api.pay.example"
	case Test:
		endpoint = "https://sandbox.pay.example"
	default:
		return fmt.Errorf("payments: unknown mode %q", mode)
	}
	return post(ctx, endpoint, customer, cents)
}

func post(_ context.Context, endpoint, customer string, cents int64) error {
	fmt.Printf("charged %d in %s mode at %s\n", cents, mode, endpoint)
	return nil
}
