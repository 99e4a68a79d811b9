package unit

import (
	"cmp"
	"go/token"
	"slices"

	"golang.org/x/tools/go/analysis"
)

// dropInvalidFixes removes the fixes of d that cannot be applied: the diagnostic is still
// right. x/tools has the same rules in an internal package (driverutil.ValidateFixes);
// there a broken fix is an error. It sets the End of insertions, which a fix may leave out.
func dropInvalidFixes(fset *token.FileSet, d *analysis.Diagnostic) {
	messages := make(map[string]bool)
	d.SuggestedFixes = slices.DeleteFunc(slices.Clone(d.SuggestedFixes), func(fix analysis.SuggestedFix) bool {
		duplicate := messages[fix.Message]
		messages[fix.Message] = true
		return duplicate || !isValid(fset, fix)
	})
	for i := range d.SuggestedFixes {
		d.SuggestedFixes[i].TextEdits = normalized(fset, d.SuggestedFixes[i].TextEdits)
	}
}

// isValid reports whether each edit of fix is within one file, and no two overlap.
func isValid(fset *token.FileSet, fix analysis.SuggestedFix) bool {
	edits := normalized(fset, fix.TextEdits)
	for i, e := range edits {
		file := fset.File(e.Pos)
		if file == nil || e.End < e.Pos || e.End > file.Pos(file.Size()) || i > 0 && e.Pos < edits[i-1].End {
			return false
		}
	}
	return true
}

// normalized returns edits by position, with the End of each. An End that is just beyond
// the end of the file, as that of a syntax node may be (golang/go#71659), is cut.
func normalized(fset *token.FileSet, edits []analysis.TextEdit) []analysis.TextEdit {
	edits = slices.Clone(edits)
	for i := range edits {
		e := &edits[i]
		e.End = cmp.Or(e.End, e.Pos)
		if file := fset.File(e.Pos); file != nil {
			if end := file.Pos(file.Size()); e.End > end && e.End < end+10 {
				e.End = end
			}
		}
	}
	slices.SortStableFunc(edits, func(a, b analysis.TextEdit) int {
		return cmp.Or(cmp.Compare(a.Pos, b.Pos), cmp.Compare(a.End, b.End))
	})
	return edits
}
