package codec

import (
	"bytes"
	"errors"
)

// split returns the elements of the JSON array in data without decoding them.
// It looks only for the commas between them; that each element is valid JSON
// is for its decoder to say. Anything after the array is an error.
func split(data []byte) ([][]byte, error) {
	data = bytes.Trim(data, " \t\r\n")
	if len(data) < 2 || data[0] != '[' || data[len(data)-1] != ']' {
		return nil, errors.New("it does not begin with [ and end with ]")
	}
	data = data[1 : len(data)-1]
	if len(bytes.Trim(data, " \t\r\n")) == 0 {
		return nil, nil
	}
	var elems [][]byte
	depth, start := 0, 0
	for i := 0; i < len(data); i++ {
		switch data[i] {
		case '"':
			n := stringLen(data[i:])
			if n == 0 {
				return nil, errors.New("a string does not end")
			}
			i += n - 1
		case '[', '{':
			depth++
		case ']', '}':
			if depth--; depth < 0 {
				return nil, errors.New("there is more after the array")
			}
		case ',':
			if depth == 0 {
				elems = append(elems, data[start:i])
				start = i + 1
			}
		}
	}
	if depth != 0 {
		return nil, errors.New("an array or object does not end")
	}
	return append(elems, data[start:]), nil
}

// stringLen returns the length of the JSON string that data begins with, its
// quotes included, or 0 if it does not end.
func stringLen(data []byte) int {
	for i := 1; i < len(data); i++ {
		switch data[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return 0
}
