// Package dispatchlocal defines an analyzer that finds data that caller and callee
// would share only if they were one process.
//
// # Analyzer dispatchlocal
//
// dispatchlocal: find data that caller and callee would share only in one process
//
// A call sends its arguments to another process, and no results come back. The
// check reports a registered function that writes its result through a pointer,
// slice or map in an argument.
//
//	func measure(ctx context.Context, path string, out *Size) error {
//		out.Width = 320 // in the callee's copy: the caller never sees it
//		return nil
//	}
//
// An argument that is read after the write, such as options with defaults filled
// in, is not reported.
//
// At an entrypoint, the check compares the callee with the programs that call its
// functions. It reports a package variable, a context value or an environment
// variable that only a caller sets and a function in the callee needs, a package
// that only callers import for its effect, such as an image format, and a variable
// that only the callee sets and only callers read.
//
//	if DB == nil {
//		return errors.New("no database") // on each delivery: only the server opens it
//	}
//
// A variable that the callee sets too (in its main before it serves, in an init, in
// dispatch.OnStart or in the function itself), one that is declared with a value,
// and one whose zero value changes nothing are not reported.
//
// At an entrypoint, the check looks outside the package that it reports on.
// Therefore go vet never caches its result there. It reads the source of packages
// in modules on disk only.
package dispatchlocal
