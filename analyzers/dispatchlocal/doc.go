// Package dispatchlocal defines an analyzer that finds data that caller and callee
// would share only if they were one process.
//
// # Analyzer dispatchlocal
//
// dispatchlocal: find data that caller and callee would share only in one process
//
// A call sends its arguments to another process, and no results come back. The
// check reports a registered function that writes its result through a pointer,
// slice or map argument. At an entrypoint, it reports a package variable that only
// the caller's main sets but a function served there reads.
//
//	func measure(ctx context.Context, path string, out *Size) error {
//		out.Width = 320 // in the callee's copy: the caller never sees it
//		return nil
//	}
//
// An argument that is read after the write, such as options with defaults filled
// in, is not reported. Neither is a variable that is declared with a value, that
// the callee sets too (in its main, in an init or in dispatch.OnStart), or that is
// checked before use.
//
// For variables, the check looks outside the package that it reports on. Therefore
// go vet never caches its result for an entrypoint. The check does not see calls
// through interfaces or functions in variables.
package dispatchlocal
