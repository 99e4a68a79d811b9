// Package dispatchregister defines an analyzer that finds registrations which
// panic or are missing in the callee.
//
// # Analyzer dispatchregister
//
// dispatchregister: find functions registered where the callee does not find them
//
// A call carries the name of its function. The callee looks the name up among the
// functions that its packages registered at start. The check reports a
// registration
//
//   - in package main, or in a file with build constraints,
//   - in a test file, unless the function is declared in a test file, too,
//   - of a function literal, a method value or an instance of a generic function,
//   - of a function with a wrong signature,
//   - under a name that is taken or not constant,
//   - under a condition or after init.
//
// Options may be in variables that never change, in slices, or come from functions
// that always return the same names and queue, also of other packages.
//
// It reports any other use of dispatch.Register that it cannot resolve. It also
// reports a dispatch.Func that Register did not make, and an assignment to the
// field Call of a dispatch.Func, or to an option in a variable of another package.
//
//	func main() {
//		resize := dispatch.Register(func(ctx context.Context, path string) error { … }) // no name
//	}
//
//	var Resize = dispatch.Register(resize) // in a package that the callee imports
//
// It reports all mistakes of a registration at once. A fix registers a function that
// calls a method of a package variable, or that drops all results but the error.
//
// Such mistakes make Register panic at start, or calls fail because the callee does
// not know the function. The check does not see registrations made by reflection or
// linkname.
package dispatchregister
