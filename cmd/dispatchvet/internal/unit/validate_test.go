package unit

import (
	"go/token"
	"testing"

	"golang.org/x/tools/go/analysis"
)

func TestDropInvalidFixes(t *testing.T) {
	t.Parallel()
	fset := token.NewFileSet()
	f := fset.AddFile("a.go", -1, 100)
	edit := func(from, to int) analysis.TextEdit { return analysis.TextEdit{Pos: f.Pos(from), End: f.Pos(to)} }
	var fixes []analysis.SuggestedFix
	want := make(map[string]bool)
	for _, c := range []struct {
		message string
		edits   []analysis.TextEdit
		valid   bool
	}{
		{"Insert twice at one place", []analysis.TextEdit{edit(3, 3), edit(3, 3)}, true},
		{"Replace in any order", []analysis.TextEdit{edit(50, 60), edit(0, 50), edit(60, 100)}, true},
		{"Replace, and insert before it", []analysis.TextEdit{edit(5, 10), edit(5, 5)}, true},
		{"Just beyond the end", []analysis.TextEdit{{Pos: f.Pos(1), End: f.Pos(100) + 1}}, true},
		{"Insert without End", []analysis.TextEdit{{Pos: f.Pos(7)}}, true},
		{"Overlap", []analysis.TextEdit{edit(10, 20), edit(0, 11)}, false},
		{"End first", []analysis.TextEdit{edit(10, 9)}, false},
		{"Far beyond the end", []analysis.TextEdit{{Pos: f.Pos(1), End: f.Pos(100) + 50}}, false},
		{"Nowhere", []analysis.TextEdit{{}}, false},
		{"Insert without End", []analysis.TextEdit{{Pos: f.Pos(8)}}, true}, // a second one of that name
	} {
		fixes = append(fixes, analysis.SuggestedFix{Message: c.message, TextEdits: c.edits})
		if c.valid {
			want[c.message] = true
		}
	}
	d := &analysis.Diagnostic{SuggestedFixes: fixes}
	dropInvalidFixes(fset, d)
	if len(d.SuggestedFixes) != len(want) {
		t.Errorf("%d fixes are left, want %d", len(d.SuggestedFixes), len(want))
	}
	for _, fix := range d.SuggestedFixes {
		if !want[fix.Message] {
			t.Errorf("%s is left", fix.Message)
		}
		for _, e := range fix.TextEdits {
			if e.End < e.Pos || e.End > f.Pos(100) {
				t.Errorf("%s: an edit of %v to %v is left", fix.Message, e.Pos, e.End)
			}
		}
	}
}
