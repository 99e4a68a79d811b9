package check

import (
	"fmt"
	"go/ast"
	"go/token"

	"golang.org/x/tools/go/analysis"
)

// ImportFix returns the fix that imports a package for its effect in the file at a
// position, after the existing imports.
func ImportFix(pass *analysis.Pass, at token.Pos, path string) analysis.SuggestedFix {
	var last *ast.GenDecl
	var end token.Pos // of the package clause, or of the imports
	for _, f := range pass.Files {
		if f.FileStart > at || at > f.FileEnd {
			continue
		}
		end = f.Name.End()
		for _, d := range f.Decls {
			if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.IMPORT {
				last, end = g, g.End()
			}
		}
	}
	edit := analysis.TextEdit{Pos: end, End: end, NewText: fmt.Appendf(nil, "\nimport _ %q", path)}
	if last != nil && last.Rparen.IsValid() {
		edit = analysis.TextEdit{Pos: last.Rparen, End: last.Rparen, NewText: fmt.Appendf(nil, "_ %q\n", path)}
		if line := pass.Fset.Position; len(last.Specs) > 0 && line(last.Specs[len(last.Specs)-1].End()).Line == line(last.Rparen).Line {
			edit.NewText = append([]byte("\n"), edit.NewText...)
		}
	}
	return analysis.SuggestedFix{Message: "Import " + path, TextEdits: []analysis.TextEdit{edit}}
}
