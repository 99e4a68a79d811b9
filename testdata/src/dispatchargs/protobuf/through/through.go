// Package through takes messages, whose encoder a package has that it imports.
package through

import (
	"context"

	"example.com/fixtures/src/dispatchargs/protobuf/linked"
	"github.com/cloud-functions-dispatch/go/dispatch"
)

var _ = dispatch.Register(send)

func send(context.Context, linked.Order) error { return nil }
