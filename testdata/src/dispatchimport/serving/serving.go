// Package serving is an entrypoint for functions that make no calls, although other
// functions of their packages do, and for one function that does.
package serving

import (
	"context"

	"github.com/cloud-functions-dispatch/go/dispatch"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/cloudevent"

	"example.com/fixtures/src/dispatchimport/reach"
)

//dispatch:serves ./src/dispatchimport/mail ./src/dispatchimport/serving

func init() {
	cloudevent.Register("Serving") // want `serving serves serving.chain, which can make calls, but links no transport: the calls fail`
}

var Chain = dispatch.Register(chain)

func chain(ctx context.Context) error { return reach.Invite(ctx) }
