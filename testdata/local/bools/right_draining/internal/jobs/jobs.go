package jobs

import (
	"context"
	"fmt"

	"github.com/cloud-functions-dispatch/go/dispatch"

	"example.com/local/bools/right_draining/internal/health"
)

var Put = dispatch.Register(put)

func put(ctx context.Context, k string) error {
	if err := health.Check(); err != nil {
		return err
	}
	_, err := fmt.Println("put", k)
	return err
}
