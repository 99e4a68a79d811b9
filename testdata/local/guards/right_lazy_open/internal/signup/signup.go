package signup

import (
	"context"
	"fmt"

	"github.com/cloud-functions-dispatch/go/dispatch"

	"example.com/local/guards/right_lazy_open/internal/store"
)

// Store stores a new customer in the background.
var Store = dispatch.Register(storeCustomer)

func storeCustomer(ctx context.Context, to string) error {
	if err := store.Insert(ctx, to); err != nil {
		return fmt.Errorf("sign up %s: %w", to, err)
	}
	return nil
}
