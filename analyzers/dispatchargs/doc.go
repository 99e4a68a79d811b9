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
// It also reports an argument passed to a parameter of type any, unless it is
// nil, a bool, a string, a float64, or a slice or map of any: an int would
// arrive as a float64, and a struct as a map.
//
// Because of such a mistake, Register panics at start, Call returns an error,
// the callee cannot decode the message, or the function receives other values
// than were sent.
//
// In a struct with other fields, the check ignores the fields that no encoder
// sees: unexported fields and fields tagged json:"-". It does not see values of
// type any inside an argument, type arguments if a Func is called through a type
// parameter, or the effect of methods that encode and decode. A type with only
// one of such a pair of methods is reported.
package dispatchargs
