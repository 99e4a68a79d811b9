package unit

import (
	"go/token"
	"strings"
	"testing"

	"golang.org/x/tools/go/analysis"
)

func TestValidateFixes(t *testing.T) {
	t.Parallel()
	fset := token.NewFileSet()
	f := fset.AddFile("a.go", -1, 100)
	edit := func(from, to int) analysis.TextEdit { return analysis.TextEdit{Pos: f.Pos(from), End: f.Pos(to)} }
	for _, c := range []struct {
		message string
		edits   []analysis.TextEdit
		want    string
	}{
		{"Insert twice at one place", []analysis.TextEdit{edit(3, 3), edit(3, 3)}, ""},
		{"Replace in any order", []analysis.TextEdit{edit(50, 60), edit(0, 50), edit(60, 100)}, ""},
		{"Overlap", []analysis.TextEdit{edit(10, 20), edit(0, 11)}, `the fix "Overlap" is invalid: two edits overlap at a.go:1:11`},
		{"End first", []analysis.TextEdit{edit(10, 9)}, "has an end outside of the file, or before its start"},
		{"Beyond the end", []analysis.TextEdit{{Pos: f.Pos(1), End: f.Pos(100) + 1}}, "has an end outside"},
		{"Nowhere", []analysis.TextEdit{{}}, "edit 0 is in no file"},
		{"", nil, "it has no message"},
	} {
		d := &analysis.Diagnostic{SuggestedFixes: []analysis.SuggestedFix{{Message: c.message, TextEdits: c.edits}}}
		err := validateFixes(fset, d)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: got %v, want %q", c.message, err, c.want)
		}
	}
	insertion := &analysis.Diagnostic{SuggestedFixes: []analysis.SuggestedFix{{Message: "Insert", TextEdits: []analysis.TextEdit{{Pos: f.Pos(7)}}}}}
	if err := validateFixes(fset, insertion); err != nil || insertion.SuggestedFixes[0].TextEdits[0].End != f.Pos(7) {
		t.Errorf("an insertion without End: %v, %v; want its Pos", err, insertion.SuggestedFixes[0].TextEdits[0])
	}
}
