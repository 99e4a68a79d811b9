// Withclient sets its own client.
package main

import (
	"context"

	"github.com/cloud-functions-dispatch/go/dispatch"

	"example.com/fixtures/src/dispatchimport/reach"
)

func main() {
	dispatch.Use(new(dispatch.Client))
	_ = reach.Invite(context.Background())
}
