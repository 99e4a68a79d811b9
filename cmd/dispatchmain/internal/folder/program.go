package folder

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"

	"github.com/cloud-functions-dispatch/go/cmd/dispatchmain/internal/synth"
)

// FindProgram returns the folder out for a program. If out is empty,
// the folder is DefaultFolder.
func FindProgram(m Module, out string) (*Folder, error) {
	if out == "" {
		out = filepath.Join(m.Dir, DefaultFolder)
	}
	t, err := newFolder(m, out)
	if err != nil {
		return nil, err
	}
	if err := t.checkModule(m); err != nil {
		return nil, err
	}
	if t.Own {
		return nil, fmt.Errorf("folder %s holds the callee of a Cloud Function, which is a separate module (delete it, or name another folder with -o)", t.Dir)
	}
	t.Package = t.name()
	return t, t.checkProgram()
}

// checkProgram returns an error if no program can be added to the folder.
func (t *Folder) checkProgram() error {
	files, err := goFiles(t.Dir)
	if err != nil {
		return err
	}
	for _, name := range files {
		if base := filepath.Base(name); base == synth.EntrypointFile || strings.HasSuffix(base, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		if f.Name.Name != "main" {
			return fmt.Errorf("folder %s holds package %s and cannot hold a program as well (name another folder with -o)", t.Dir, f.Name.Name)
		}
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "main" {
				return fmt.Errorf("%s already has a func main (name another folder with -o)", name)
			}
		}
	}
	return nil
}
