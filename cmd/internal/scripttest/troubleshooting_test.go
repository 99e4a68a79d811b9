package scripttest_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// message matches a message in docs/troubleshooting.md: in a heading, or in the text
// with the prefix of the runtime.
var message = regexp.MustCompile("(?m)^#### `(.*)`$|`(dispatch: [^`]*)`")

// placeholder matches the words that stand for text that varies.
var placeholder = regexp.MustCompile(`\b(NAME|TYPE|PLACE|FILE|PATH|N|DURATION|ERROR)\b`)

// TestTroubleshooting fails if a message in docs/troubleshooting.md is not a message of
// the code. Each part between placeholders must occur in a string of the Go sources.
func TestTroubleshooting(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join(root, "docs/troubleshooting.md"))
	if err != nil {
		t.Fatal(err)
	}
	messages := message.FindAllStringSubmatch(string(data), -1)
	if len(messages) < 25 {
		t.Errorf("docs/troubleshooting.md has %d messages, want at least 25", len(messages))
	}
	texts := sourceStrings(t)
	for _, m := range messages {
		text := m[1] + m[2]
		fixed := 0
		for _, part := range placeholder.Split(text, -1) {
			part = strings.Trim(part, ` :"`) // which may come from another format, or from %q
			fixed += len(part)
			if !strings.Contains(texts, part) {
				t.Errorf("docs/troubleshooting.md: no string in the Go sources contains %q, of the message %q (reword the message there)", part, text)
			}
		}
		if fixed < 12 { // other strings would contain it too
			t.Errorf("docs/troubleshooting.md: the message %q has too little fixed text to search for", text)
		}
	}
}

// sourceStrings returns the values of all string literals in the Go sources of this
// module, without tests, examples and benchmarks.
func sourceStrings(t *testing.T) string {
	t.Helper()
	var out strings.Builder
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			switch d.Name() {
			case ".git", "testdata", "examples", "bench":
				return filepath.SkipDir
			}
			return nil
		case !strings.HasSuffix(path, ".go"), strings.HasSuffix(path, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for n := range ast.Preorder(file) {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				s, err := strconv.Unquote(lit.Value)
				if err != nil {
					return err
				}
				out.WriteString(s + "\n")
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.String()
}
