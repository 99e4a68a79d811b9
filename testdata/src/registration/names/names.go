// Package names registers functions: the model and the runtime must agree on their
// names.
package names

import (
	"context"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

const pinned = "pinned.by." + "constant"

var (
	Plain   = dispatch.Register(plain)
	Ünïcode = dispatch.Register(größe)
	Pinned  = dispatch.Register(pin, dispatch.Name(pinned), dispatch.Alias("names.old"))
	_       = dispatch.Register(Exported)
	later   *dispatch.Func[func(context.Context) error]
)

func init() { later = dispatch.Register(inInit) }

func plain(context.Context) error         { return nil }
func größe(context.Context, ...int) error { return nil }
func pin(context.Context) error           { return nil }
func Exported(context.Context) error      { return nil }
func inInit(ctx context.Context) error    { return later.Call(ctx) }

// Later returns the name of the function that is registered in init.
func Later() string { return later.Name() }
