// Package dispatchargs defines an analyzer that finds arguments which do not
// reach the callee unchanged.
//
// # Analyzer dispatchargs
//
// dispatchargs: find argument types that do not survive being encoded and decoded
//
// The arguments of a call are encoded as JSON, by the rules of encoding/json/v2,
// and protocol buffer messages by protojson. The check reports a parameter of a
// registered function if its values cannot be encoded or do not arrive
// unchanged, with the path to the offending part:
//
//	type Filter struct {
//		Name  string
//		Match func(string) bool // a func is valid in this process only
//	}
//
//	var Make = dispatch.Register(makeThumb)
//
//	func makeThumb(ctx context.Context, path string, f Filter) error { … }
//
// A function that takes messages needs the package that encodes them, which is not part
// of the runtime because programs grow with it. The check reports a package that registers
// such a function if neither it nor a package that it imports imports dispatch/protobuf.
//
// It also reports a value for a parameter of type any, or for an any inside an
// argument, unless it is nil, a bool, a string, a float64, or a slice or map of
// any: an int would arrive as a float64, and a struct as a map.
//
// Because of such a mistake, Register panics at start, Call returns an error,
// the callee cannot decode the message, or the function receives other values
// than were sent.
//
// An unexported field is reported if it holds data, unless its tag is json:"-". A
// type with only one of a pair of methods is reported, unless it is not a struct and
// only decodes, or the source of the method shows that it hands its receiver to json
// as a type without methods.
//
// With the flag -dispatchargs.secrets, the check also reports texts that are named or
// tagged like passwords, tokens or keys.
//
// The check does not see what a pair of methods loses: Call tries each value. It
// sees a value in an any only in a literal, or in a local variable whose
// assignments before the call are in the same function. It does not see type
// arguments if a Func is called through a type parameter. It does not find the
// source of a method in a vendored or replaced module built with -trimpath.
package dispatchargs
