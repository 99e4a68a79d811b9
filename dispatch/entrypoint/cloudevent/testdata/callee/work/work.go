// Package work registers the functions that the callee's tests call.
package work

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

// Wait is set by the program.
var Wait func(ctx context.Context, file string) error

var (
	_ = dispatch.Register(touch, dispatch.Name("touch"))
	_ = dispatch.Register(wait, dispatch.Name("wait"))
	_ = dispatch.Register(fail, dispatch.Name("fail"))
)

// START_FAILS lists how the first runs of OnStart fail, such as "error panic".
func init() {
	ways := strings.Fields(os.Getenv("START_FAILS"))
	dispatch.OnStart(func(context.Context) error {
		if len(ways) == 0 {
			return nil
		}
		way := ways[0]
		ways = ways[1:]
		switch way {
		case "panic":
			panic("as asked")
		case "permanent":
			return dispatch.Permanent(errors.New("as asked"))
		}
		return errors.New("as asked")
	})
}

// touch creates a file named after the call's ID.
func touch(ctx context.Context, dir string) error {
	info, _ := dispatch.FromContext(ctx)
	return os.WriteFile(filepath.Join(dir, info.ID), nil, 0o666)
}

func wait(ctx context.Context, file string) error { return Wait(ctx, file) }

func fail(context.Context) error { panic("as asked") }
