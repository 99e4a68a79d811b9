// Called has a function of another package set a client.
package main

import (
	"context"

	"example.com/fixtures/src/dispatchimport/clients/setup"
	"example.com/fixtures/src/dispatchimport/reach"
)

func main() {
	setup.Client()
	_ = reach.Invite(context.Background())
}
