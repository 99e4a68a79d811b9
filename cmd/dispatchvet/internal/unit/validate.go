package unit

import (
	"cmp"
	"errors"
	"fmt"
	"go/token"
	"slices"

	"golang.org/x/tools/go/analysis"
)

// validateFixes returns an error if a fix of d cannot be applied: x/tools has the same
// check in an internal package. It sets the End of insertions, which a fix may leave out.
func validateFixes(fset *token.FileSet, d *analysis.Diagnostic) error {
	for i := range d.SuggestedFixes {
		fix := &d.SuggestedFixes[i]
		if err := validateFix(fset, fix); err != nil {
			return fmt.Errorf("the fix %q is invalid: %w", fix.Message, err)
		}
	}
	return nil
}

func validateFix(fset *token.FileSet, fix *analysis.SuggestedFix) error {
	if fix.Message == "" {
		return errors.New("it has no message")
	}
	edits := slices.Clone(fix.TextEdits)
	for i := range edits {
		e := &edits[i]
		e.End = cmp.Or(e.End, e.Pos)
		file := fset.File(e.Pos)
		switch {
		case file == nil:
			return fmt.Errorf("edit %d is in no file", i)
		case e.End < e.Pos || e.End > file.Pos(file.Size()):
			return fmt.Errorf("edit %d of %s has an end outside of the file, or before its start", i, fset.Position(e.Pos))
		}
	}
	fix.TextEdits = slices.Clone(edits)
	slices.SortStableFunc(edits, func(a, b analysis.TextEdit) int { return cmp.Compare(a.Pos, b.Pos) })
	for i := 1; i < len(edits); i++ {
		if edits[i].Pos < edits[i-1].End {
			return fmt.Errorf("two edits overlap at %s", fset.Position(edits[i].Pos))
		}
	}
	return nil
}
