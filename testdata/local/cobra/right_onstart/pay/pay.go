package pay

import (
	"context"
	"fmt"
	"os"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

type Client interface {
	Refund(ctx context.Context, charge string) error
}

type HTTPClient struct{ Key string }

func (c HTTPClient) Refund(ctx context.Context, charge string) error {
	fmt.Println("refunded", charge)
	return nil
}

var API Client

func init() { dispatch.OnStart(start) }

func start(context.Context) error {
	API = HTTPClient{Key: os.Getenv("PAY_KEY")}
	return nil
}

var Refund = dispatch.Register(refund)

func refund(ctx context.Context, charge string) error { return API.Refund(ctx, charge) }
