// Package wrapped registers methods and functions that a wrapper makes right.
package wrapped

import (
	"context"

	"github.com/cloud-functions-dispatch/go/dispatch"

	"example.com/fixtures/src/dispatchregister/helper"
)

// Nothing in the callee sets mailer.
var mailer *Mailer

var (
	pool   Sender
	opened = NewMailer("a")
	queue  Mailer
	app    struct{ mail *Mailer }
	ready  *Mailer
)

func init() { ready = NewMailer("b") }

var Send = dispatch.Register(mailer.Send) // want `^method Send passed to dispatch\.Register has no name of its own, and its receiver is not sent: Register panics \(register a top-level function that calls it on a value that dispatch\.OnStart opens in the callee: docs/services\.md\)$`

var SendAll = dispatch.Register(mailer.SendAll)                                      // a comment stays // want `^method SendAll passed to dispatch\.Register has no name of its own, and its receiver is not sent: Register panics \(register a top-level function that calls it on a value that dispatch\.OnStart opens in the callee: docs/services\.md\)$`
var later = dispatch.Register(opened.Later)                                          // want `^method Later passed to dispatch\.Register has no name of its own, and its receiver is not sent: Register panics \(register a top-level function that calls it on a value that dispatch\.OnStart opens in the callee: docs/services\.md\)$` `^opened\.Later does not return exactly one error: Register panics \(return only the error: store the rest, pass it on in another call, or drop it\)$`
var Count = dispatch.Register(queue.Count)                                           // want `^method Count passed to dispatch\.Register has no name of its own, and its receiver is not sent: Register panics \(register a top-level function that calls it on a value that dispatch\.OnStart opens in the callee: docs/services\.md\)$` `^queue\.Count does not return exactly one error: Register panics \(return only the error: store the rest, pass it on in another call, or drop it\)$` `^queue\.Count does not take a context\.Context as its first parameter: Register panics \(want func\(context\.Context, …\) error\)$`
var _ = dispatch.Register(app.mail.Select)                                           // want `^app\.mail\.Select does not take a context\.Context as its first parameter: Register panics \(want func\(context\.Context, …\) error\)$` `^method Select passed to dispatch\.Register has no name of its own, and its receiver is not sent: Register panics \(register a top-level function that calls it on a value that dispatch\.OnStart opens in the callee: docs/services\.md\)$`
var Close = dispatch.Register((&queue).Close)                                        // want `^\(&queue\)\.Close does not return exactly one error: Register panics \(return an error: nil if the call is done, any other to have it retried\)$` `^\(&queue\)\.Close does not take a context\.Context as its first parameter: Register panics \(want func\(context\.Context, …\) error\)$` `^method Close passed to dispatch\.Register has no name of its own, and its receiver is not sent: Register panics \(register a top-level function that calls it on a value that dispatch\.OnStart opens in the callee: docs/services\.md\)$`
var _ = dispatch.Register(pool.Push)                                                 // want `^method Push passed to dispatch\.Register has no name of its own, and its receiver is not sent: Register panics \(register a top-level function that calls it on a value that dispatch\.OnStart opens in the callee: docs/services\.md\)$`
var _ = dispatch.Register((ready).init)                                              // want `^\(ready\)\.init does not return exactly one error: Register panics \(return only the error: store the rest, pass it on in another call, or drop it\)$` `^method init passed to dispatch\.Register has no name of its own, and its receiver is not sent: Register panics \(register a top-level function that calls it on a value that dispatch\.OnStart opens in the callee: docs/services\.md\)$`
var slow = helper.Slow(opened.Send)                                                  // want `^method Send passed to helper\.Slow has no name of its own, and its receiver is not sent: Register panics \(register a top-level function that calls it on a value that dispatch\.OnStart opens in the callee: docs/services\.md\)$`
var _ = dispatch.Register((*Mailer)(nil).Send)                                       // want `^method Send passed to dispatch\.Register has no name of its own, and its receiver is not sent: Register panics \(register a top-level function that calls it on a value that dispatch\.OnStart opens in the callee: docs/services\.md\)$`
var made = dispatch.Register(NewMailer("c").Send)                                    // want `^method Send passed to dispatch\.Register has no name of its own, and its receiver is not sent: Register panics \(register a top-level function that calls it on a value that dispatch\.OnStart opens in the callee: docs/services\.md\)$`
var wrong = dispatch.Register(queue.length)                                          // want `^method length passed to dispatch\.Register has no name of its own, and its receiver is not sent: Register panics \(register a top-level function that calls it on a value that dispatch\.OnStart opens in the callee: docs/services\.md\)$` `^queue\.length does not return exactly one error: Register panics \(return only an error: store the result, pass it on in another call, or drop it\)$` `^queue\.length does not take a context\.Context as its first parameter: Register panics \(want func\(context\.Context, …\) error\)$`
var used = dispatch.Register(queue.Count)                                            // want `^method Count passed to dispatch\.Register has no name of its own, and its receiver is not sent: Register panics \(register a top-level function that calls it on a value that dispatch\.OnStart opens in the callee: docs/services\.md\)$` `^queue\.Count does not return exactly one error: Register panics \(return only the error: store the rest, pass it on in another call, or drop it\)$` `^queue\.Count does not take a context\.Context as its first parameter: Register panics \(want func\(context\.Context, …\) error\)$`
var typed *dispatch.Func[func(string) (int, error)] = dispatch.Register(queue.Count) // want `^method Count passed to dispatch\.Register has no name of its own, and its receiver is not sent: Register panics \(register a top-level function that calls it on a value that dispatch\.OnStart opens in the callee: docs/services\.md\)$` `^queue\.Count does not return exactly one error: Register panics \(return only the error: store the rest, pass it on in another call, or drop it\)$` `^queue\.Count does not take a context\.Context as its first parameter: Register panics \(want func\(context\.Context, …\) error\)$`
var helped = helper.Slow(queue.Count)                                                // want `^method Count passed to helper\.Slow has no name of its own, and its receiver is not sent: Register panics \(register a top-level function that calls it on a value that dispatch\.OnStart opens in the callee: docs/services\.md\)$` `^queue\.Count does not return exactly one error: Register panics \(return only the error: store the rest, pass it on in another call, or drop it\)$` `^queue\.Count does not take a context\.Context as its first parameter: Register panics \(want func\(context\.Context, …\) error\)$`
var spread = dispatch.Register(opened.spread)                                        // want `^method spread passed to dispatch\.Register has no name of its own, and its receiver is not sent: Register panics \(register a top-level function that calls it on a value that dispatch\.OnStart opens in the callee: docs/services\.md\)$`

func init() {
	dispatch.Register(queue.Flush) // want `^method Flush passed to dispatch\.Register has no name of its own, and its receiver is not sent: Register panics \(register a top-level function that calls it on a value that dispatch\.OnStart opens in the callee: docs/services\.md\)$`
	local := &queue
	dispatch.Register(local.Flush) // want `^method Flush passed to dispatch\.Register has no name of its own, and its receiver is not sent: Register panics \(register a top-level function that calls it on a value that dispatch\.OnStart opens in the callee: docs/services\.md\)$`
	_ = used.Name
}

var Twice = dispatch.Register(twice) // want `^wrapped\.twice does not return exactly one error: Register panics \(return only the error: store the rest, pass it on in another call, or drop it\)$`

func send2(string) {}

// The init that registers the method does not set the variable.
var repo *Mailer

var Saved *dispatch.Func[func(context.Context, string) error]

func init() { Saved = dispatch.Register(repo.Send) } // want `^method Send passed to dispatch\.Register has no name of its own, and its receiver is not sent: Register panics \(register a top-level function that calls it on a value that dispatch\.OnStart opens in the callee: docs/services\.md\)$`

// A result that must be closed is not dropped.
var _ = dispatch.Register(opened.open) // want `^method open passed to dispatch\.Register has no name of its own, and its receiver is not sent: Register panics \(register a top-level function that calls it on a value that dispatch\.OnStart opens in the callee: docs/services\.md\)$` `^opened\.open does not return exactly one error: Register panics \(return only the error: store the rest, pass it on in another call, or drop it\)$`
