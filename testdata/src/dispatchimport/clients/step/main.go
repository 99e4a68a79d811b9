// Step sets a client through an interface.
package main

import (
	"context"

	"example.com/fixtures/src/dispatchimport/clients/setup"
	"example.com/fixtures/src/dispatchimport/reach"
)

func main() {
	for _, s := range []setup.Step{setup.Clients{}} {
		s.Do()
	}
	_ = reach.Invite(context.Background())
}
