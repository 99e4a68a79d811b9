// Package dispatch publishes calls of Go functions to a queue; a cloud function or
// worker built from the same code runs them.
//
// You deploy one codebase twice: as the caller and as the callee. Register a function
// once, in a package that both import. Its name is the import path of that package, a
// dot and its own name:
//
//	package thumbs
//
//	var Make = dispatch.Register(makeThumb)
//
//	func makeThumb(ctx context.Context, path string, width int) error { … }
//
// The caller calls it like a local function, and the compiler checks the arguments:
//
//	err := thumbs.Make.Call(ctx, "a.jpg", 320)
//
// Call returns when the queue has accepted the call; no result comes back. The callee
// imports the same package and an entrypoint, which receives the call and runs the
// function. Delivery is at least once, so make your functions idempotent: [FromContext]
// returns the call's ID, which is the same on every delivery.
//
// DISPATCH_URL, or a [Client], determines where calls go.
//
// # A function that dispatches itself
//
// If f uses F, directly or through other functions, the compiler reports an
// initialization cycle for var F = dispatch.Register(f). Register such a function in
// init:
//
//	var F *dispatch.Func[func(context.Context, string) error]
//
//	func init() { F = dispatch.Register(f) }
package dispatch
