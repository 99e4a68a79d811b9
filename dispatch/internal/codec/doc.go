// Package codec turns the arguments of a call into JSON and back.
//
// The arguments travel as one JSON array, by position; those of a variadic
// parameter in one inner array. Each is written by the rules of
// encoding/json/v2 with nil slices and maps as null and durations as integer
// nanoseconds; one whose own type is a [proto.Message] by protojson. Members
// that a struct does not know are ignored and missing ones stay zero, so a
// struct may grow, but the count of arguments must match.
//
// An error names the parameter, its type and what is wrong. It never holds a
// value, nor the text of a marshaler's own error, which might; errors.Is and
// errors.As see the cause.
package codec
