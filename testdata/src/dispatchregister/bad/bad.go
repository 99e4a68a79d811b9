// Package bad registers functions in every way that makes the callee miss them.
package bad

import (
	"context"
	"os"

	"github.com/cloud-functions-dispatch/go/dispatch"
	q "github.com/cloud-functions-dispatch/go/dispatch"

	_ "example.com/fixtures/src/dispatchregister/other"
)

func plain(context.Context) error             { return nil }
func second(context.Context) error            { return nil }
func third(context.Context) error             { return nil }
func noContext(path string) error             { return nil }
func noError(ctx context.Context)             {}
func twoResults(context.Context) (int, error) { return 0, nil }
func generic[T any](context.Context, T) error { return nil }

type worker struct{}

func (worker) work(context.Context) error { return nil }

var literal = dispatch.Register(func(context.Context) error { return nil }) // want `function literal passed to dispatch.Register has no stable name: Register panics \(give it a name at the top level\)`

var methodValue = dispatch.Register(worker{}.work)                             // want `method work passed to dispatch.Register has no name of its own, and its receiver is not sent: Register panics \(register a top-level function that calls it on a value that dispatch.OnStart opens in the callee: docs/services.md\)`
var methodExpression = dispatch.Register((worker).work)                        // want `method work passed to dispatch.Register has no name of its own`
var instance = dispatch.Register(generic[int])                                 // want `instance of generic function generic passed to dispatch.Register has no stable name`
var inferred = dispatch.Register[func(context.Context, string) error](generic) // want `instance of generic function generic`

var form1 = dispatch.Register(noContext)  // want `bad.noContext does not take a context.Context as its first parameter: Register panics`
var form2 = dispatch.Register(noError)    // want `bad.noError does not return exactly one error: Register panics \(return an error: nil if the call is done, any other to have it retried\)`
var form3 = dispatch.Register(twoResults) // want `bad.twoResults does not return exactly one error: Register panics \(return only the error: store the rest, pass it on in another call, or drop it\)`

var variable = plain

var unread = dispatch.Register(variable) // want `function passed to dispatch.Register cannot be determined`

var asValue = dispatch.Register[func(context.Context) error] // want `dispatch.Register is used as a value`

var name = os.Args[0]

var computed = dispatch.Register(plain, dispatch.Name(name))   // want `the name is not a constant`
var alias = dispatch.Register(plain, dispatch.Alias(name))     // want `the name is not a constant`
var spaced = dispatch.Register(plain, dispatch.Name("a name")) // want `Register panics: the name contains a space or a character that does not print`

var steady = "a.steady." + "name"

var fixable = dispatch.Register(fourth, dispatch.Name(steady)) // want `the name is not a constant`

func fourth(context.Context) error { return nil }

var opts = []dispatch.RegisterOption{dispatch.Name("x")}

func init() { opts[0] = dispatch.Name("y") }

var spread = dispatch.Register(plain, opts...) // want `options passed to dispatch.Register as a slice cannot be determined`
var option = dispatch.Register(plain, opts[0]) // want `option of dispatch.Register cannot be determined`

var once = q.Register(plain)
var twice = dispatch.Register(plain)                              // want `bad.plain is registered as "example.com/fixtures/src/dispatchregister/bad.plain", but bad.plain has that name already, at bad.go:\d+`
var taken = dispatch.Register(second, dispatch.Name("mail.send")) // want `bad.second is registered as "mail.send", but other.send has that name already, at other.go:\d+`

var late *dispatch.Func[func(context.Context) error]

func setup() {
	late = dispatch.Register(third) // want `bad.third is registered after init`
}

func init() {
	if len(os.Args) > 1 {
		dispatch.Register(conditional) // want `bad.conditional is registered under a condition`
	}
	for range os.Args {
		dispatch.Register(looped) // want `bad.looped is registered under a condition`
	}
	defer func() {
		dispatch.Register(inner) // want `bad.inner is registered after init`
	}()
	func() {
		if len(os.Args) > 1 {
			return
		}
		dispatch.Register(left) // want `bad.left is registered under a condition`
	}()
}

func init() {
	if os.Getenv("SKIP") != "" {
		return
	}
	dispatch.Register(skipped) // want `bad.skipped is registered under a condition`
}

var shorted = len(os.Args) > 1 && dispatch.Register(operand) != nil // want `bad.operand is registered under a condition`

func conditional(context.Context) error { return nil }
func operand(context.Context) error     { return nil }
func looped(context.Context) error      { return nil }
func inner(context.Context) error       { return nil }
func left(context.Context) error        { return nil }
func skipped(context.Context) error     { return nil }

var unmade = &dispatch.Func[func(context.Context) error]{}  // want `dispatch.Func is not made by dispatch.Register`
var newed = new(dispatch.Func[func(context.Context) error]) // want `dispatch.Func is not made by dispatch.Register`
var byValue dispatch.Func[func(context.Context) error]      // want `variable is a dispatch.Func that dispatch.Register did not make`

func change() {
	once.Call = plain // want `the field Call of a dispatch.Func is changed`
	p := &once.Call   // want `the field Call of a dispatch.Func is changed`
	_ = p
}
