package jobs

import (
	"context"

	"github.com/cloud-functions-dispatch/go/dispatch"

	"example.com/local/methods/deferred_close/queue"
)

var Forward = dispatch.Register(forward)

func forward(ctx context.Context, n int) error { return queue.Default.Send(n) }
