package flow

import (
	"go/ast"
	"go/token"
	"strings"

	"golang.org/x/tools/go/packages"
)

// embedded returns the variables of a package that have the content of files from the
// start, by a go:embed directive.
func embedded(pkg *packages.Package) []Path {
	var out []Path
	for _, file := range pkg.Syntax {
		for _, decl := range file.Decls {
			gen, ok := decl.(*ast.GenDecl)
			if !ok || gen.Tok != token.VAR {
				continue
			}
			for _, spec := range gen.Specs {
				spec := spec.(*ast.ValueSpec)
				if embeds(gen.Doc) && len(gen.Specs) == 1 || embeds(spec.Doc) {
					for _, name := range spec.Names {
						out = append(out, Path{Root: pkg.PkgPath + "." + name.Name})
					}
				}
			}
		}
	}
	return out
}

func embeds(doc *ast.CommentGroup) bool {
	if doc != nil {
		for _, c := range doc.List {
			if strings.HasPrefix(c.Text, "//go:embed ") {
				return true
			}
		}
	}
	return false
}
