package jobs

import (
	"context"
	"fmt"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

var Run = dispatch.Register(run)

func run(ctx context.Context, id string) error {
	fmt.Println("ran", id)
	Set(id, "done")
	return nil
}
