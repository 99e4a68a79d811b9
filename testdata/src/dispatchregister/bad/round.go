package bad

import (
	"context"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

type sender struct{ sent int }

func (*sender) send(to string, done chan int) (int, error)  { return 0, nil }
func (*sender) sent2(string, context.Context) *failure      { return nil }
func (sender) generic(context.Context, string, int) (a int) { return }

type failure struct{}

func (*failure) Error() string { return "" }

func instance2[T any](T) {}

var outbox sender

// All mistakes of a registration are reported at once.
var (
	round1 = dispatch.Register(outbox.send)          // want `^method send passed to dispatch\.Register has no name of its own, and its receiver is not sent: Register panics \(register a top-level function that calls it on a value that dispatch\.OnStart opens in the callee: docs/services\.md\)$` `^outbox\.send does not return exactly one error: Register panics \(return only the error: store the rest, pass it on in another call, or drop it\)$` `^outbox\.send does not take a context\.Context as its first parameter: Register panics \(want func\(context\.Context, …\) error\)$`
	round2 = dispatch.Register((&outbox).sent2)      // want `^\(&outbox\)\.sent2 does not return exactly one error: Register panics \(return the type error, which can be nil\)$` `^\(&outbox\)\.sent2 does not take a context\.Context as its first parameter: Register panics \(want func\(context\.Context, …\) error\)$` `^method sent2 passed to dispatch\.Register has no name of its own, and its receiver is not sent: Register panics \(register a top-level function that calls it on a value that dispatch\.OnStart opens in the callee: docs/services\.md\)$`
	round3 = dispatch.Register(sender{}.generic)     // want `^method generic passed to dispatch\.Register has no name of its own, and its receiver is not sent: Register panics \(register a top-level function that calls it on a value that dispatch\.OnStart opens in the callee: docs/services\.md\)$` `^sender\{\}\.generic does not return exactly one error: Register panics \(return only an error: store the result, pass it on in another call, or drop it\)$`
	round4 = dispatch.Register((*sender).send)       // want `^\(\*sender\)\.send does not return exactly one error: Register panics \(return only the error: store the rest, pass it on in another call, or drop it\)$` `^\(\*sender\)\.send does not take a context\.Context as its first parameter: Register panics \(want func\(context\.Context, …\) error\)$` `^method send passed to dispatch\.Register has no name of its own: Register panics \(register a top-level function that calls it\)$`
	round5 = dispatch.Register(func(path string) {}) // want `^a function does not return exactly one error: Register panics \(return an error: nil if the call is done, any other to have it retried\)$` `^a function does not take a context\.Context as its first parameter: Register panics \(want func\(context\.Context, …\) error\)$` `^function literal passed to dispatch\.Register has no stable name: Register panics \(give it a name at the top level\)$`
	round6 = dispatch.Register(instance2[string])    // want `^bad\.instance2 does not return exactly one error: Register panics \(return an error: nil if the call is done, any other to have it retried\)$` `^bad\.instance2 does not take a context\.Context as its first parameter: Register panics \(want func\(context\.Context, …\) error\)$` `^instance of generic function instance2 passed to dispatch\.Register has no stable name: Register panics \(register a top-level function that calls it\)$`
	round7 = dispatch.Register(error.Error)          // want `^error\.Error does not return exactly one error: Register panics \(return only an error: store the result, pass it on in another call, or drop it\)$` `^error\.Error does not take a context\.Context as its first parameter: Register panics \(want func\(context\.Context, …\) error\)$` `^method Error passed to dispatch\.Register has no name of its own: Register panics \(register a top-level function that calls it\)$`
)

func later() any {
	return dispatch.Register(outbox.send, dispatch.Name("a b"), dispatch.Timeout(0)) // want `^outbox\.send is registered after init: a process that does not run this code will not have it \(register it in a package variable or in init\)$` `^method send passed to dispatch\.Register has no name of its own, and its receiver is not sent: Register panics \(register a top-level function that calls it on a value that dispatch\.OnStart opens in the callee: docs/services\.md\)$` `^outbox\.send does not return exactly one error: Register panics \(return only the error: store the rest, pass it on in another call, or drop it\)$` `^outbox\.send does not take a context\.Context as its first parameter: Register panics \(want func\(context\.Context, …\) error\)$` `^Register panics: the name contains a space or a character that does not print \(remove it\)$` `^the option Timeout is not positive: Register panics \(use a value above 0, or omit the option\)$`
}
