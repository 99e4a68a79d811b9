package codec

import (
	"bytes"
	"errors"
)

// split calls each with every element of the JSON array in data, in order and without
// decoding it, until each returns an error. It stores no elements, so a megabyte of
// commas costs no memory. It only looks for the commas between the elements: the
// decoder of an element must check that it is valid JSON. Data after the array is an
// error.
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

// trim removes JSON's white space from both ends. Unicode has more white space.
func trim(data []byte) []byte { return bytes.Trim(data, " \t\r\n") }

// stringLen returns the length of the JSON string at the start of data, including its
// quotes, or 0 if the string does not end.
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
