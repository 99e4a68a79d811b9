// Package codec encodes the arguments of a call as JSON, and decodes them.
//
// The arguments form one JSON array, by position. The arguments of a variadic parameter
// form an inner array. Each argument is encoded by the rules of encoding/json/v2, with
// nil slices and maps as null and durations as integer nanoseconds, and with the json
// options omitempty and string as in encoding/json. A protocol buffer message is encoded by
// protojson, wherever it is, if package dispatch/protobuf is linked. Decoding ignores
// members that a struct does not know, and leaves missing ones zero, so a struct may grow;
// but the number of arguments must match.
//
// An error names the parameter, its type and the problem. Its text never holds a value,
// nor the text of a marshaler's error, which might hold one. errors.Is and errors.As
// find the cause of an encoding error.
package codec
