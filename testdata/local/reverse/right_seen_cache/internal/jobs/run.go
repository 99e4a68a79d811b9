package jobs

import (
	"context"
	"fmt"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

var Run = dispatch.Register(run)

func run(ctx context.Context, id string) error {
	if state(id) == "done" {
		fmt.Println("skipped", id)
		return nil
	}
	fmt.Println("ran", id)
	mark(id, "done")
	return nil
}
