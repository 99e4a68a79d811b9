// Package dispatchlocal defines an analyzer that finds what does not cross the
// boundary between the caller's process and the callee's.
//
// # Analyzer dispatchlocal
//
// dispatchlocal: find what registered functions share with their caller in one process only
//
// A call carries its arguments to another process, and nothing comes back. The
// check reports a registered function that writes its result through a pointer,
// slice or map argument, and, at an entrypoint, package variables that only the
// caller's main sets and that a function served there reads.
//
//	func measure(ctx context.Context, path string, out *Size) error {
//		out.Width = 320 // of the callee's copy: the caller never sees it
//		return nil
//	}
//
// An argument that is read after it was written, as with defaults that are filled
// in, is none of these, nor is a variable that has a value from the start, that
// the callee sets as well (in its main, in an init or by dispatch.OnStart), or
// that its reader compares with nothing first.
//
// The second half looks outside of the package that it reports on. Under go vet
// its unit is therefore never cached. The check does not see through interfaces
// and functions in variables.
package dispatchlocal
