// Package analyzerdoc makes one text serve as package comment, as output of
// help and as the document of an analyzer.
package analyzerdoc

import (
	"fmt"
	"go/parser"
	"go/token"
	"strings"
)

// URL is where the analyzer of that name is documented.
func URL(name string) string {
	return "https://pkg.go.dev/github.com/cloud-functions-dispatch/go/analyzers/" + name
}

// MustExtract returns what follows "# Analyzer name" in the package comment of
// the Go source src, without the name that it begins with. It panics if there
// is none.
func MustExtract(src, name string) string {
	f, err := parser.ParseFile(token.NewFileSet(), "doc.go", src, parser.ParseComments|parser.PackageClauseOnly)
	if err != nil || f.Doc == nil {
		panic(fmt.Sprintf("the document of analyzer %s is not Go source with a package comment: %v", name, err))
	}
	_, section, _ := strings.Cut(f.Doc.Text(), "\n# Analyzer "+name+"\n")
	text, ok := strings.CutPrefix(strings.TrimSpace(section), name+": ")
	if !ok {
		panic(fmt.Sprintf("the document of analyzer %s has no section that begins with %q", name, name+": "))
	}
	return text
}
