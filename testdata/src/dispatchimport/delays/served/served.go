// Package served is an entrypoint for a function that delays a call.
package served

import (
	"context"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/cloudevent"
	_ "github.com/cloud-functions-dispatch/go/dispatch/transport/gcppubsub"

	"example.com/fixtures/src/dispatchimport/delays/later"
)

//dispatch:serves ./src/dispatchimport/delays/served

func init() {
	cloudevent.Register("Served") // want `served serves served.chain, which delays a call \(later.go:13 in example.com/fixtures/src/dispatchimport/delays/later\), but Pub/Sub, its only transport, delays none: the call fails`
}

var Chain = dispatch.Register(chain)

func chain(ctx context.Context) error { return later.Remind(ctx) }
