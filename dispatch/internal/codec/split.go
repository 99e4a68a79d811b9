package codec

import (
	"bytes"
	"errors"
)

// split gives each element of the JSON array in data to each, in order and
// without decoding it, until each returns an error. It keeps nothing, so that
// a megabyte of commas costs no memory. It looks only for the commas between
// them; that each element is valid JSON is for its decoder to say. Anything
// after the array is an error.
func split(data []byte, each func(elem []byte) error) error {
	data = trim(data)
	if len(data) < 2 || data[0] != '[' || data[len(data)-1] != ']' {
		return errors.New("it does not begin with [ and end with ]")
	}
	data = data[1 : len(data)-1]
	if len(trim(data)) == 0 {
		return nil
	}
	depth, start := 0, 0
	for i := 0; i < len(data); i++ {
		switch data[i] {
		case '"':
			n := stringLen(data[i:])
			if n == 0 {
				return errors.New("a string does not end")
			}
			i += n - 1
		case '[', '{':
			depth++
		case ']', '}':
			if depth--; depth < 0 {
				return errors.New("there is more after the array")
			}
		case ',':
			if depth == 0 {
				if err := each(data[start:i]); err != nil {
					return err
				}
				start = i + 1
			}
		}
	}
	if depth != 0 {
		return errors.New("an array or object does not end")
	}
	return each(data[start:])
}

// trim cuts off what JSON takes for space, which is less than Unicode does.
func trim(data []byte) []byte { return bytes.Trim(data, " \t\r\n") }

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
