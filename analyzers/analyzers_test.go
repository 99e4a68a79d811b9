package analyzers_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/go/analysis"

	"github.com/cloud-functions-dispatch/go/analyzers"
)

// TestSuite checks that the analyzers are valid and sorted by name, and that each
// has a folder, fixtures, a section in the documents and a row in the README under
// its name.
func TestSuite(t *testing.T) {
	if err := analysis.Validate(analyzers.Suite); err != nil {
		t.Fatal(err)
	}
	if !slices.IsSortedFunc(analyzers.Suite, func(a, b *analysis.Analyzer) int { return strings.Compare(a.Name, b.Name) }) {
		t.Error("the suite is not sorted by name")
	}
	docs := read(t, "../docs/analyzers.md")
	readme := read(t, "../README.md")
	for _, a := range analyzers.Suite {
		for _, dir := range []string{a.Name, "../testdata/src/" + a.Name} {
			if info, err := os.Stat(dir); err != nil || !info.IsDir() {
				t.Errorf("%s has no folder %s", a.Name, dir)
			}
		}
		if !strings.Contains(docs, "\n## "+a.Name+"\n") {
			t.Errorf("docs/analyzers.md has no section %s", a.Name)
		}
		summary, _, _ := strings.Cut(a.Doc, "\n")
		if !strings.Contains(readme, "| `"+a.Name+"` | "+summary+" |") {
			t.Errorf("README.md has no row for %s with %q", a.Name, summary)
		}
		if strings.HasPrefix(a.Doc, a.Name) {
			t.Errorf("the Doc of %s begins with its name", a.Name)
		}
	}
}

// TestSuite_facts checks that only registration has facts. Any other analyzer's
// facts would be missing for the units that the driver skips.
func TestSuite_facts(t *testing.T) {
	var visit func(a *analysis.Analyzer)
	visit = func(a *analysis.Analyzer) {
		if len(a.FactTypes) > 0 && a.Name != "registration" {
			t.Errorf("%s, which the suite requires, has facts", a.Name)
		}
		for _, req := range a.Requires {
			visit(req)
		}
	}
	for _, a := range analyzers.Suite {
		visit(a)
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.FromSlash(name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
