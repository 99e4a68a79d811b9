package jobs

import (
	"context"

	"github.com/cloud-functions-dispatch/go/dispatch"

	"example.com/local/reverse/channel/internal/events"
)

var Run = dispatch.Register(run)

func run(ctx context.Context, id string) error {
	events.Emit(events.Event{Kind: "done", ID: id})
	return nil
}
