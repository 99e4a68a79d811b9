package jobs

import (
	"context"
	"os"

	"github.com/cloud-functions-dispatch/go/dispatch"

	"example.com/local/imports/driver_registry/drivers"
)

var Vacuum = dispatch.Register(vacuum)

func vacuum(ctx context.Context) error {
	d, err := drivers.Open(os.Getenv("DATABASE_URL"))
	if err != nil {
		return err
	}
	return d.Exec("vacuum")
}
