// Package dispatchargs defines an analyzer that finds arguments which do not
// survive the trip from caller to callee.
//
// # Analyzer dispatchargs
//
// dispatchargs: find argument types that do not survive being encoded and decoded
//
// The arguments of a call travel as JSON, by the rules of encoding/json/v2, and
// messages by protojson. The check reports a parameter of a registered function
// whose values cannot be encoded, or do not arrive as they were sent, with the
// path to the culprit:
//
//	type Filter struct {
//		Name  string
//		Match func(string) bool // a func has a meaning in this process only
//	}
//
//	var Make = dispatch.Register(makeThumb)
//
//	func makeThumb(ctx context.Context, path string, f Filter) error { … }
//
// It also reports what a call gives to a parameter of type any, unless that is
// nil, a bool, a string, a float64, or a slice or map of any: an int would
// arrive as a float64, and a struct as a map.
//
// Without it, Register panics at start, Call returns an error, the callee
// cannot decode the message, or the function gets other values than were sent.
//
// Fields that no encoder sees, unexported ones and those tagged json:"-", are
// left out of account where a struct has others. The check cannot see what a
// value of type any inside an argument holds, nor what a type parameter stands
// for where a Func is called through one, nor what methods that encode and
// decode do; a type that has only one of the two is reported.
package dispatchargs
