// Package check makes the analyzers of the suite. A check is an analyzer that uses the
// model of package registration and obeys //dispatch:ignore directives.
package check

import (
	"fmt"
	"go/parser"
	"go/token"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/cloud-functions-dispatch/go/analyzers/internal/directive"
	"github.com/cloud-functions-dispatch/go/analyzers/registration"
)

// New returns the check of a package. Doc is the source of the package's doc.go: the
// check has the package's name, and the section "# Analyzer NAME" of its comment is the
// help text. Run reports the mistakes in one package; it is not called for packages that
// do not use the runtime. New panics if doc has no such section.
func New(doc string, run func(*analysis.Pass, *registration.Result)) *analysis.Analyzer {
	name, text := mustParse(doc)
	return &analysis.Analyzer{
		Name:     name,
		Doc:      text,
		URL:      "https://pkg.go.dev/github.com/cloud-functions-dispatch/go/analyzers/" + name,
		Requires: []*analysis.Analyzer{registration.Analyzer},
		Run: func(pass *analysis.Pass) (any, error) {
			model := pass.ResultOf[registration.Analyzer].(*registration.Result)
			if model.ReachesRuntime() {
				directive.Silencing(pass, func(pass *analysis.Pass) { run(pass, model) })
			}
			return nil, nil
		},
	}
}

// mustParse returns the name of the package in src, and the section of its comment for
// the analyzer of this name, without the heading and the leading "name: ".
func mustParse(src string) (name, text string) {
	f, err := parser.ParseFile(token.NewFileSet(), "doc.go", src, parser.ParseComments|parser.PackageClauseOnly)
	if err != nil || f.Doc == nil {
		panic(fmt.Sprintf("the documentation of a check is not Go source with a package comment: %v", err))
	}
	name = f.Name.Name
	_, section, _ := strings.Cut(f.Doc.Text(), "\n# Analyzer "+name+"\n")
	text, ok := strings.CutPrefix(strings.TrimSpace(section), name+": ")
	if !ok {
		panic(fmt.Sprintf("doc.go of %s has no section \"# Analyzer %s\" that begins with %q", name, name, name+": "))
	}
	return name, text
}
