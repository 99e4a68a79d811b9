package imports

import (
	"context"
	"fmt"

	"github.com/cloud-functions-dispatch/go/dispatch"

	"example.com/local/context/tenant_error/tenant"
)

var Import = dispatch.Register(importFile)

func importFile(ctx context.Context, file string) error {
	t, err := tenant.From(ctx)
	if err != nil {
		return err
	}
	fmt.Println("imported", file, "for", t)
	return nil
}
