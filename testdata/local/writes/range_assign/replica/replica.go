package replica

import (
	"context"
	"errors"
	"fmt"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

// Region is where files are replicated to.
var Region string

var Copy = dispatch.Register(copyFile)

func copyFile(ctx context.Context, name string) error {
	if Region == "" {
		return errors.New("replica: no region")
	}
	fmt.Println("replicate", name, "to", Region)
	return nil
}
