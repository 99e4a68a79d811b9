package check

import (
	"fmt"
	"go/ast"
	"go/token"
	"strings"

	"golang.org/x/tools/go/analysis"
)

// ImportFix returns the fix that imports a package for its effect in the file at a
// position, after the existing imports.
func ImportFix(pass *analysis.Pass, at token.Pos, path string) analysis.SuggestedFix {
	return analysis.SuggestedFix{Message: "Import " + path, TextEdits: []analysis.TextEdit{ImportEdit(pass, at, path, "_ ")}}
}

// ImportEdit returns the edit of [ImportFix]. Name is "_ " or "", for the package's own.
func ImportEdit(pass *analysis.Pass, at token.Pos, path, name string) analysis.TextEdit {
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
	edit := analysis.TextEdit{Pos: end, End: end, NewText: fmt.Appendf(nil, "\nimport %s%q", name, path)}
	if first, _, _ := strings.Cut(path, "/"); last != nil && last.Lparen.IsValid() && len(last.Specs) > 0 && !strings.Contains(first, ".") {
		at := last.Specs[0].Pos() // the standard library comes first
		return analysis.TextEdit{Pos: at, End: at, NewText: fmt.Appendf(nil, "%s%q\n", name, path)}
	}
	if last != nil && last.Rparen.IsValid() {
		edit = analysis.TextEdit{Pos: last.Rparen, End: last.Rparen, NewText: fmt.Appendf(nil, "%s%q\n", name, path)}
		if line := pass.Fset.Position; len(last.Specs) > 0 && line(last.Specs[len(last.Specs)-1].End()).Line == line(last.Rparen).Line {
			edit.NewText = append([]byte("\n"), edit.NewText...)
		}
	}
	return edit
}
