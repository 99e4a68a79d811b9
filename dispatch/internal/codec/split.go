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
	data, ok := inside(data)
	if !ok {
		return errors.New("it does not begin with [ and end with ]")
	}
	if len(trim(data)) == 0 {
		return nil
	}
	for {
		n, err := elementLen(data)
		if err != nil {
			return err
		}
		if err := each(data[:n]); err != nil {
			return err
		}
		if n == len(data) {
			return nil
		}
		data = data[n+1:]
	}
}

// splitInto is split into n elements, appended to elems, except that it does not look at
// the last one: that is whatever follows the others. It reports false if there are fewer.
func splitInto(elems [][]byte, data []byte, n int) ([][]byte, bool) {
	data, ok := inside(data)
	if !ok || n == 0 {
		return nil, false
	}
	for range n - 1 {
		end, err := elementLen(data)
		if err != nil || end == len(data) {
			return nil, false
		}
		elems = append(elems, data[:end])
		data = data[end+1:]
	}
	return append(elems, data), true
}

// inside returns the text between the brackets of the array in data.
func inside(data []byte) (text []byte, ok bool) {
	data = trim(data)
	if len(data) < 2 || data[0] != '[' || data[len(data)-1] != ']' {
		return nil, false
	}
	return data[1 : len(data)-1], true
}

// elementLen returns the length of the first element in data, the text between the
// brackets of an array.
func elementLen(data []byte) (int, error) {
	depth := 0
	for i := 0; i < len(data); i++ {
		if !isStructure[data[i]] {
			continue
		}
		switch data[i] {
		case '"':
			n := stringLen(data[i:])
			if n == 0 {
				return 0, errors.New("a string does not end")
			}
			i += n - 1
		case '[', '{':
			depth++
		case ']', '}':
			if depth--; depth < 0 {
				return 0, errors.New("there is more after the array")
			}
		case ',':
			if depth == 0 {
				return i, nil
			}
		}
	}
	if depth != 0 {
		return 0, errors.New("an array or object does not end")
	}
	return len(data), nil
}

// trim removes JSON's white space from both ends. Unicode has more white space.
func trim(data []byte) []byte { return bytes.Trim(data, " \t\r\n") }

// stringLen returns the length of the JSON string at the start of data, including its
// quotes, or 0 if the string does not end.
func stringLen(data []byte) int {
	for i := 1; i < len(data); i++ {
		n := bytes.IndexByte(data[i:], '"')
		if n < 0 {
			return 0
		}
		i += n
		escapes := i
		for escapes > 1 && data[escapes-1] == '\\' {
			escapes--
		}
		if (i-escapes)%2 == 0 { // the quote itself is not escaped
			return i + 1
		}
	}
	return 0
}

// isStructure tells the bytes of JSON that are between values, and those that begin a
// string.
var isStructure = [256]bool{'"': true, '[': true, ']': true, '{': true, '}': true, ',': true, ':': true}
