// Package dispatch calls Go functions in a cloud function instead of here.
//
// One codebase is deployed twice: as the caller and as the callee. A function
// is registered once, in a package that both import, and is known by the
// import path of that package and its own name:
//
//	package thumbs
//
//	var Make = dispatch.Register(makeThumb)
//
//	func makeThumb(ctx context.Context, path string, width int) error { … }
//
// The caller calls it as if it were local, and the compiler checks the
// arguments:
//
//	err := thumbs.Make.Call(ctx, "a.jpg", 320)
//
// The call is published to a queue; the callee, which imports the same package
// and an entrypoint, runs it. A call returns when the queue has accepted it,
// and nothing comes back. Delivery is at least once, so functions are
// idempotent: [FromContext] gives the call's ID, the same on every delivery.
//
// Where calls go is said by DISPATCH_URL, or by a [Client].
//
// # A function that dispatches itself
//
// If the body of f reaches F again, var F = dispatch.Register(f) is an
// initialization cycle to the compiler. Register such a function in init:
//
//	var F *dispatch.Func[func(context.Context, string) error]
//
//	func init() { F = dispatch.Register(f) }
package dispatch
