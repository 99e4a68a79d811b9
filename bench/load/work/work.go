// Package work has the function that the callees of the benchmark execute.
package work

import (
	"context"
	"errors"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

// Take takes a path, a number, and a text that fills the call up to the row's size.
var Take = dispatch.Register(take, dispatch.Name("take"))

func take(_ context.Context, path string, width int, text string) error {
	if path == "" || width == 0 {
		return errors.New("the arguments did not arrive")
	}
	return nil
}
