// Package later delays calls.
package later

import (
	"context"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch"

	"example.com/fixtures/src/dispatchimport/mail"
)

var tomorrow = dispatch.Delay(24 * time.Hour)

// Remind delays a call.
func Remind(ctx context.Context) error { return mail.Send.With(tomorrow).Call(ctx, "ann") }

// Now delays none.
func Now(ctx context.Context) error { return mail.Send.With(dispatch.Delay(0)).Call(ctx, "ann") }
