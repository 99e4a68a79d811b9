package load

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/tools/go/packages"
)

// Nested returns the folders of modules that are nested in the module m and replace m
// by its folder, such as a callee that is deployed alone.
func Nested(m *packages.Module) ([]string, error) {
	var dirs []string
	err := filepath.WalkDir(m.Dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() || path == m.Dir {
			return err
		}
		if PassedOver(d.Name()) {
			return fs.SkipDir
		}
		data, err := os.ReadFile(filepath.Join(path, "go.mod"))
		if err != nil {
			return nil // it belongs to the module around it
		}
		if replaces(data, path, m) {
			dirs = append(dirs, path)
		}
		return fs.SkipDir
	})
	return dirs, err
}

// PassedOver reports whether the pattern ./... skips folders with that name.
func PassedOver(name string) bool {
	return name == "vendor" || name == "testdata" || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_")
}

// replaces reports whether a go.mod in dir replaces m by its folder.
func replaces(mod []byte, dir string, m *packages.Module) bool {
	f, err := modfile.Parse("go.mod", mod, nil)
	return err == nil && slices.ContainsFunc(f.Replace, func(r *modfile.Replace) bool {
		to := filepath.FromSlash(r.New.Path)
		if !filepath.IsAbs(to) {
			to = filepath.Join(dir, to)
		}
		return r.Old.Path == m.Path && r.New.Version == "" && to == m.Dir
	})
}
