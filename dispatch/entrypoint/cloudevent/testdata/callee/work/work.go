// Package work registers what the callee's test calls.
package work

import (
	"context"
	"os"
	"path/filepath"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

// Wait is set by the program.
var Wait func(ctx context.Context, file string) error

var (
	_ = dispatch.Register(touch, dispatch.Name("touch"))
	_ = dispatch.Register(wait, dispatch.Name("wait"))
	_ = dispatch.Register(fail, dispatch.Name("fail"))
)

// touch makes a file that is named for the call.
func touch(ctx context.Context, dir string) error {
	info, _ := dispatch.FromContext(ctx)
	return os.WriteFile(filepath.Join(dir, info.ID), nil, 0o666)
}

func wait(ctx context.Context, file string) error { return Wait(ctx, file) }

func fail(context.Context) error { panic("as asked") }
