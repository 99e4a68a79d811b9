package folder

import "bytes"

// Normal returns data with line ends of LF. A checkout may have CRLF, with git's
// core.autocrlf on Windows, and git ignores the difference.
func Normal(data []byte) []byte { return bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n")) }

// withLinesOf returns data with the line ends of old, the content of the same file: an
// editor and git show the difference of one that mixes them.
func withLinesOf(old, data []byte) []byte {
	data = Normal(data)
	if first, _, ok := bytes.Cut(old, []byte("\n")); ok && bytes.HasSuffix(first, []byte("\r")) {
		data = bytes.ReplaceAll(data, []byte("\n"), []byte("\r\n"))
	}
	return data
}
