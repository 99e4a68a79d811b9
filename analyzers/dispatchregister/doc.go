// Package dispatchregister defines an analyzer that finds registrations which
// the other side cannot find.
//
// # Analyzer dispatchregister
//
// dispatchregister: find functions registered where the callee does not find them
//
// A call carries the name of its function, and the callee looks it up among
// what its packages registered when the process began. The check reports a
// registration in package main, of a function literal, a method value or an
// instance of a generic function, with a wrong signature, under a name that is
// taken or not constant, in a test file or one with build constraints, under a
// condition or after init, and whatever else is done with dispatch.Register
// that it cannot read. It also reports a dispatch.Func that Register did not
// make, and one whose Call is assigned to.
//
//	func main() {
//		resize := dispatch.Register(func(ctx context.Context, path string) error { … }) // no name
//	}
//
//	var Resize = dispatch.Register(resize) // in a package that the callee imports
//
// Without it, Register panics at start, or calls fail in the callee as
// unknown. The check cannot see registrations made by reflection or linkname.
package dispatchregister
