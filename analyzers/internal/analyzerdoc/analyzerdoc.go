// Package analyzerdoc makes the package comment of an analyzer serve as its Doc
// and as its help text, too.
package analyzerdoc

import (
	"fmt"
	"go/parser"
	"go/token"
	"strings"
)

// URL returns the address of the documentation of the named analyzer.
func URL(name string) string {
	return "https://pkg.go.dev/github.com/cloud-functions-dispatch/go/analyzers/" + name
}

// MustExtract returns the section "# Analyzer name" of the package comment in the
// Go source src, without the heading and the leading "name: ". It panics if there
// is no such section.
func MustExtract(src, name string) string {
	f, err := parser.ParseFile(token.NewFileSet(), "doc.go", src, parser.ParseComments|parser.PackageClauseOnly)
	if err != nil || f.Doc == nil {
		panic(fmt.Sprintf("documentation of analyzer %s is not Go source with a package comment: %v", name, err))
	}
	_, section, _ := strings.Cut(f.Doc.Text(), "\n# Analyzer "+name+"\n")
	text, ok := strings.CutPrefix(strings.TrimSpace(section), name+": ")
	if !ok {
		panic(fmt.Sprintf("documentation of analyzer %s has no section that begins with %q", name, name+": "))
	}
	return text
}
