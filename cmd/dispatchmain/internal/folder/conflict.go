package folder

import (
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"path"
	"path/filepath"
	"strconv"

	"github.com/cloud-functions-dispatch/go/cmd/dispatchmain/internal/synth"
)

// CheckNames returns an error if the package in the folder declares a name that the
// entrypoint, given as source, needs for an import.
func (t *Folder) CheckNames(entrypoint []byte) error {
	f, err := parser.ParseFile(token.NewFileSet(), synth.EntrypointFile, entrypoint, parser.ImportsOnly)
	if err != nil {
		return err
	}
	name, imported := f.Name.Name, make(map[string]string)
	for _, i := range f.Imports {
		if p, err := strconv.Unquote(i.Path.Value); err == nil && i.Name == nil {
			imported[path.Base(p)] = p
		}
	}
	files, err := goFiles(t.Dir)
	if err != nil {
		return err
	}
	for _, file := range files {
		built, err := build.Default.MatchFile(t.Dir, filepath.Base(file))
		if err != nil || !built || filepath.Base(file) == synth.EntrypointFile {
			continue // the compiler reports a file with errors
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil || f.Name.Name != name {
			continue
		}
		for _, name := range declared(f) {
			if p := imported[name]; p != "" {
				return fmt.Errorf("%s declares %s, which conflicts with the entrypoint's import of %s (rename it, or name another folder with -o)", file, name, p)
			}
		}
	}
	return nil
}

// declared returns the package-level names that f declares.
func declared(f *ast.File) []string {
	var names []string
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil {
				names = append(names, d.Name.Name)
			}
		case *ast.GenDecl:
			for _, s := range d.Specs {
				switch s := s.(type) {
				case *ast.TypeSpec:
					names = append(names, s.Name.Name)
				case *ast.ValueSpec:
					for _, n := range s.Names {
						names = append(names, n.Name)
					}
				}
			}
		}
	}
	return names
}
