package mail

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

// Log is set by main.
var Log *slog.Logger

var Send = dispatch.Register(send)

func send(ctx context.Context, to string) error {
	Log.InfoContext(ctx, "sending", "to", to)
	fmt.Println("sent", to)
	return nil
}
