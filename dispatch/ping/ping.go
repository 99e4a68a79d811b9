// Package ping has two functions for testing a deployment. A callee serves them if it
// imports the package:
//
//	dispatchmain generate --ping
//
// Then call one from a program, or publish a message, and look at the callee's log:
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
	// Log logs the kinds and sizes of its arguments, but not their contents.
	Log = dispatch.Register(log)

	// Relay calls [Log] with its own arguments, to test whether the callee can make
	// calls.
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

// shape returns the kind and size of v, which was decoded from JSON.
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
		return fmt.Sprintf("%T", v) // not from JSON: Run was called
	}
}
