package good

import (
	"context"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

func method1(context.Context) error { return nil }
func method2(context.Context) error { return nil }
func method3(context.Context) error { return nil }
func method4(context.Context) error { return nil }
func method5(context.Context) error { return nil }

// App has a method that registers, and that only init can call.
type App struct{ name string }

func (a *App) register() { dispatch.Register(method1) }

type app struct {
	mail *dispatch.Func[func(context.Context) error]
}

func newApp() *app { return &app{} }

func (a *app) register() bool { return a.registerMail() }

func (a *app) registerMail() bool {
	a.mail = dispatch.Register(method2)
	return true
}

func (a app) Register() { dispatch.Register(method3) }

type base struct{}

func (base) setUp() { dispatch.Register(method4) }

type derived struct{ base }

type box[T any] struct{ v T }

func (b *box[T]) fill() bool { return dispatch.Register(method5) != nil }

var (
	registered = newApp().register()
	_          = (&box[int]{}).fill()
)

func init() {
	new(App).register()
	a := app{}
	a.Register()
	derived{}.setUp()
}
