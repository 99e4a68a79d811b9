// Package dispatchcall defines an analyzer that finds calls which are made in
// the wrong place, or whose failure nobody hears of.
//
// # Analyzer dispatchcall
//
// dispatchcall: find calls that are lost, made too early or made too late
//
// A call returns an error where the queue does not accept it: nobody else tells.
// The check reports a Call or a Batch whose error is dropped by writing it as a
// statement, or with go or defer; assign it to _ where it does not matter.
//
//	thumbs.Make.Call(ctx, "a.jpg", 320) // lost without a word if the queue is away
//
//	if err := thumbs.Make.Call(ctx, "a.jpg", 320); err != nil {
//		return err
//	}
//
// It reports a call that is made before main starts, in init or in the
// initializer of a package variable, itself or through functions of the
// package: there may be no client yet, and the callee, which imports the
// package, makes it whenever it starts.
//
// And it reports a call under the context of a batch that has ended, which is
// an error: after Batch, where the context was kept in a variable from outside,
// or in a goroutine that nothing inside of the batch waits for.
//
// It reports options of Register, such as Timeout, that are given to With: each call
// with one fails.
//
// The check cannot see options in variables, calls that init reaches through
// other packages, through interfaces or through functions in variables, nor a context
// that leaves a batch by a field, a channel or a function.
package dispatchcall
