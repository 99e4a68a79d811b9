package mail

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

// Log may be replaced by main.
var Log = slog.Default()

var Send = dispatch.Register(send)

func send(ctx context.Context, to string) error {
	Log.InfoContext(ctx, "sending", "to", to)
	fmt.Println("sent", to)
	return nil
}
