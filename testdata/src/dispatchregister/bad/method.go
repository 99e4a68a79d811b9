package bad

import (
	"context"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

func notForTests(context.Context) error { return nil }
func method1(context.Context) error     { return nil }
func method2(context.Context) error     { return nil }
func method3(context.Context) error     { return nil }
func method4(context.Context) error     { return nil }
func method5(context.Context) error     { return nil }

type app struct{}

// Two values register the same function.
func (*app) twice() {
	dispatch.Register(method1) // want `bad.method1 is registered by a function that is called more than once`
}

func (*app) never() bool {
	return dispatch.Register(method2) != nil // want `bad.method2 is registered after init`
}

// Start may be called through the interface.
func (*app) start() {
	dispatch.Register(method3) // want `bad.method3 is registered by a function that other code can call, too`
}

type starter interface{ start() }

func init() {
	new(app).twice()
	(&app{}).twice()
	new(app).start()
	new(App).Register()
	NewPlugin().Register()
}

type App struct{}

// Register may be called by other packages.
func (*App) Register() {
	dispatch.Register(method4) // want `bad.method4 is registered by a function that other code can call, too`
}

type plugin struct{}

// NewPlugin gives other packages a plugin.
func NewPlugin() *plugin { return &plugin{} }

func (*plugin) Register() {
	dispatch.Register(method5) // want `bad.method5 is registered by a function that other code can call, too`
}
