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
// package. A function passed to another function counts if that function runs it:
// the check reads the functions of the package, and knows the functions of other
// packages whose name is Do or ForEach, or begins with Must. The client may not be
// set yet, and the callee, which imports the package, repeats the call whenever it
// starts. A package main may call early, unless it is an entrypoint or its main
// sets the client.
//
// It reports a call under the context of a batch that has ended. Such a call
// returns an error. It may come after Batch, if a variable outside the batch keeps
// the context, or run in a goroutine that nothing inside the batch waits for. To
// wait is to receive from a channel, or to call the Wait, Join or Close of the
// object that started the goroutine, such as a sync.WaitGroup. A rate limiter and
// time.Sleep do not wait for goroutines. The function of a batch may be a
// literal, a function or method of the package, or a variable that is set once.
//
// The check does not see calls that init reaches through interfaces or through the
// bodies of functions in other packages, or a context that leaves a batch through a
// field or a channel. It does not compare the goroutines that are waited for with
// those that call.
package dispatchcall
