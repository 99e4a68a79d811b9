// Package ping has two functions to try a deployment with. A callee serves
// them if it imports the package:
//
//	dispatchmain generate --ping
//
// Then call one, from a program or by a publish, and look at the callee's log:
//
//	gcloud pubsub topics publish TOPIC --message='[["hello", 1]]' \
//	  --attribute='ce-specversion=1.0,ce-type=dev.cloudfunctions.dispatch.call.v1,ce-id=1,ce-source=me,ce-subject=github.com/cloud-functions-dispatch/go/dispatch/ping.log'
package ping

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

var (
	// Log logs the shape of its arguments: their kinds and sizes, and nothing
	// of what they hold.
	Log = dispatch.Register(log)

	// Relay dispatches [Log] with the arguments that it got: it tries whether
	// the callee can itself call.
	Relay = dispatch.Register(relay)
)

func log(ctx context.Context, args ...any) error {
	call, _ := dispatch.FromContext(ctx)
	shapes := make([]string, len(args))
	for i, arg := range args {
		shapes[i] = shape(arg)
	}
	slog.InfoContext(ctx, "dispatch: ping", "id", call.ID, "attempt", call.Attempt, "made", call.Time.Format(time.RFC3339Nano), "arguments", shapes)
	return nil
}

func relay(ctx context.Context, args ...any) error { return Log.Call(ctx, args...) }

// shape describes v, which came from JSON.
func shape(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case float64:
		return "number"
	case string:
		return fmt.Sprintf("string of %d bytes", len(v))
	case []any:
		return fmt.Sprintf("array of %d", len(v))
	case map[string]any:
		return fmt.Sprintf("object of %d", len(v))
	default:
		return fmt.Sprintf("%T", v) // in the caller's process, by Run
	}
}
