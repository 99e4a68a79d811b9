// Linked links a transport that DISPATCH_URL names.
package main

import (
	"context"

	_ "github.com/cloud-functions-dispatch/go/dispatch/transport/mem"

	"example.com/fixtures/src/dispatchimport/reach"
)

func main() { _ = reach.Invite(context.Background()) }
