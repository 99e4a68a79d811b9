// Package corpus adds saved inputs to fuzz tests. It reads one file for each fuzz test,
// which contains files of the go command's fuzz cache, one after the other:
//
//	cat "$(go env GOCACHE)"/fuzz/PACKAGE/FuzzX/* >testdata/corpus/FuzzX
package corpus

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// Add adds the inputs in the file of f to f. They must be strings and byte slices.
func Add(f *testing.F) {
	f.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "corpus", f.Name()))
	if err != nil {
		f.Fatal(err)
	}
	inputs := strings.Split(string(text), "go test fuzz v1\n")[1:]
	if len(inputs) == 0 {
		f.Fatal("the corpus is empty")
	}
	for _, input := range inputs {
		var args []any
		for line := range strings.Lines(input) {
			args = append(args, value(f, strings.TrimSpace(line)))
		}
		f.Add(args...)
	}
}

// value returns the value of a Go conversion of a string literal.
func value(f *testing.F, line string) any {
	f.Helper()
	typ, literal, _ := strings.Cut(strings.TrimSuffix(line, ")"), "(")
	s, err := strconv.Unquote(literal)
	switch {
	case err == nil && typ == "string":
		return s
	case err == nil && typ == "[]byte":
		return []byte(s)
	}
	f.Fatalf("the corpus has %.100q, want a string or a []byte", line)
	return nil
}
