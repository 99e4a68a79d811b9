// Package dispatchcall defines an analyzer that finds calls which are made in
// the wrong place, or drop their errors.
//
// # Analyzer dispatchcall
//
// dispatchcall: find calls that are lost, made too early or made too late
//
// If the queue does not accept a call, the returned error is the only sign of it.
// The check reports a Call or a Batch that drops the error, because it is a
// statement or runs under go or defer. If the error does not matter, assign it
// to _.
//
//	thumbs.Make.Call(ctx, "a.jpg", 320) // lost silently if the queue is unavailable
//
//	if err := thumbs.Make.Call(ctx, "a.jpg", 320); err != nil {
//		return err
//	}
//
// It reports a call that is made before main starts, in init or in the
// initializer of a package variable, directly or through functions of the
// package. The client may not be set yet, and the callee, which imports the
// package, repeats the call whenever it starts.
//
// It reports a call under the context of a batch that has ended. Such a call
// returns an error. It may come after Batch, if a variable outside the batch keeps
// the context, or run in a goroutine that nothing inside the batch waits for.
//
// The check does not see calls that init reaches through other packages, interfaces
// or functions in variables, or a context that leaves a batch through a field, a
// channel or a function.
package dispatchcall
