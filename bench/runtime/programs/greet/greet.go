// Package greet has a function for the programs that the benchmark builds.
package greet

import (
	"context"
	"errors"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

// Greet greets somebody.
var Greet = dispatch.Register(greet)

func greet(_ context.Context, name string) error {
	if name == "" {
		return errors.New("there is nobody to greet")
	}
	return nil
}
