// Package folder determines the folder of an entrypoint. It returns an error for a
// folder that Google's buildpack for Go would reject.
//
// The source of the buildpack (GoogleCloudPlatform/buildpacks,
// cmd/go/functions_framework) has its rules: it parses every .go file in the root
// of the deployed folder, takes the package there for the function, and requires a
// module path with a dot in its first element.
package folder

import (
	"bytes"
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"golang.org/x/mod/module"

	"github.com/cloud-functions-dispatch/go/analyzers/load"
	"github.com/cloud-functions-dispatch/go/cmd/dispatchmain/internal/synth"
)

// A Folder is the folder of an entrypoint.
type Folder struct {
	Dir        string // absolute
	ImportPath string
	Package    string // name of the package
	Own        bool   // the folder is a separate module
}

// A Module is the user's module.
type Module struct{ Path, Dir string }

// DefaultFolder is the folder of an entrypoint if no folder is named and the
// entrypoint does not go to the root of the module.
const DefaultFolder = "callee"

// Find returns the folder out for a Cloud Function. If own is true, the
// folder becomes a separate module. If out is empty, it is the root of the
// module; if own is true or the root holds a program, it is DefaultFolder, as a
// separate module.
func Find(m Module, out string, own bool) (*Folder, error) {
	if out == "" {
		name, err := packageIn(m.Dir)
		if err != nil {
			return nil, err
		}
		out = m.Dir
		if own || name == "main" {
			out, own = filepath.Join(m.Dir, DefaultFolder), true
		}
	}
	t, err := newFolder(m, out)
	if err != nil {
		return nil, err
	}
	t.Own = own
	if own && t.Dir == m.Dir {
		return nil, fmt.Errorf("folder %s is the root of module %s and cannot be a separate module as well (name a folder below it with -o)", out, m.Path)
	}
	if err := t.checkModule(m); err != nil {
		return nil, err
	}
	if err := t.checkRoot(m); err != nil {
		return nil, err
	}
	return t, t.checkPackage()
}

// checkRoot returns an error if the folder cannot be deployed as a function.
func (t *Folder) checkRoot(m Module) error {
	if !t.Own && t.Dir != m.Dir {
		return fmt.Errorf("folder %s is not the root of a module, but Cloud Functions deploys module roots only (add --own-module, or write a program with --for=push or --for=pull)", t.Dir)
	}
	if first, _, _ := strings.Cut(m.Path, "/"); !strings.Contains(first, ".") {
		return fmt.Errorf("module path %s has no dot in its first element, which Google's buildpack refuses (rename the module, to example.com/%s for example)", m.Path, m.Path)
	}
	return nil
}

// newFolder returns the folder out. It returns an error if out is
// outside of m.
func newFolder(m Module, out string) (*Folder, error) {
	dir, err := filepath.Abs(out)
	if err != nil {
		return nil, err
	}
	rel, err := filepath.Rel(m.Dir, dir)
	if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return nil, fmt.Errorf("folder %s is outside of module %s (name a folder below %s)", out, m.Path, m.Dir)
	}
	t := &Folder{Dir: dir, ImportPath: path.Join(m.Path, filepath.ToSlash(rel))}
	return t, t.checkPath(m)
}

// checkPath returns an error if the go command would not take the folder for a package
// of the module.
func (t *Folder) checkPath(m Module) error {
	if err := module.CheckImportPath(t.ImportPath); err != nil {
		return fmt.Errorf("folder %s cannot hold a package: %w (name another folder with -o)", t.Dir, err)
	}
	why, err := load.WhySkipped(m.Dir, t.Dir)
	if why != "" {
		err = fmt.Errorf("folder %s is not matched by ./..., because %s (name another folder with -o)", t.Dir, why)
	}
	return err
}

// checkModule returns an error if the folder belongs to another module. It sets Own if
// the folder is a separate module that dispatchmain wrote.
func (t *Folder) checkModule(m Module) error {
	for dir := t.Dir; dir != m.Dir; dir = filepath.Dir(dir) {
		file := filepath.Join(dir, "go.mod")
		data, err := os.ReadFile(file)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if dir == t.Dir && Written(data) {
			t.Own = true
			continue
		}
		return fmt.Errorf("folder %s is inside another module, see %s (name a folder of module %s)", t.Dir, file, m.Path)
	}
	return nil
}

// checkPackage sets the name of the package. It returns an error if the buildpack
// would reject the package.
func (t *Folder) checkPackage() error {
	name, err := packageIn(t.Dir)
	if err != nil {
		return err
	}
	switch {
	case name == "main":
		return fmt.Errorf("folder %s holds package main, which cannot be the root of a Cloud Function (name another folder, with -o %s)", t.Dir, DefaultFolder)
	case name != "":
		t.Package = name
	default:
		t.Package = t.name()
	}
	return nil
}

// name returns a package name made from the import path: a checkout's folder may have
// any name.
func (t *Folder) name() string {
	prefix, _, _ := module.SplitPathVersion(t.ImportPath)
	return identifier(path.Base(prefix))
}

// packageIn returns the name of the only package in dir, as the buildpack reads it,
// or "" if there is none.
func packageIn(dir string) (string, error) {
	files, err := goFiles(dir)
	if err != nil {
		return "", err
	}
	name, file := "", ""
	for _, path := range files {
		base := filepath.Base(path)
		if base == synth.EntrypointFile {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.PackageClauseOnly)
		if err != nil {
			return "", err
		}
		if name != "" && f.Name.Name != name {
			return "", fmt.Errorf("folder %s holds package %s (%s) and package %s (%s), but Google's buildpack accepts only one package, counting tests and ignored files (name another folder, with -o %s)", dir, name, file, f.Name.Name, base, DefaultFolder)
		}
		name, file = f.Name.Name, base
	}
	return name, nil
}

// goFiles returns the paths of the .go files in dir, which need not exist. The name of
// the folder may have characters that mean something to filepath.Glob.
func goFiles(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var files []string
	for _, e := range entries {
		if !e.IsDir() && strings.HasSuffix(e.Name(), ".go") {
			files = append(files, filepath.Join(dir, e.Name()))
		}
	}
	return files, err
}

// identifier returns a package name made from the name of a folder.
func identifier(base string) string {
	name := strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' || '0' <= r && r <= '9' {
			return r
		}
		return -1
	}, strings.ToLower(base))
	if !token.IsIdentifier(name) || name == "main" {
		return DefaultFolder
	}
	return name
}

// Written reports whether data is a file that dispatchmain wrote.
func Written(data []byte) bool {
	line, _, _ := bytes.Cut(data, []byte("\n"))
	return string(bytes.TrimSuffix(line, []byte("\r"))) == synth.Header
}
