package work

import (
	"context"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

type Job struct {
	Path   string
	Result *int
}

var Measure = dispatch.Register(measure)

func measure(ctx context.Context, j Job) error {
	*j.Result = len(j.Path) // want `work.measure writes through its argument j.Result, which is a copy in the callee: the caller never sees the change`
	return nil
}
