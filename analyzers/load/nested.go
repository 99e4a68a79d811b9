package load

import (
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/mod/modfile"
	"golang.org/x/tools/go/packages"
)

// Nested returns the folders of modules that are nested in the module m and replace m
// by its folder, such as a callee that is deployed alone.
func Nested(m *packages.Module) ([]string, error) {
	var dirs []string
	err := Walk(m.Dir, func(dir string, nested bool) error {
		if nested && replaces(dir, m) {
			dirs = append(dirs, dir)
		}
		return nil
	})
	return dirs, err
}

// replaces reports whether the go.mod in dir replaces m by its folder.
func replaces(dir string, m *packages.Module) bool {
	data, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		return false
	}
	f, err := modfile.Parse("go.mod", data, nil)
	return err == nil && slices.ContainsFunc(f.Replace, func(r *modfile.Replace) bool {
		return r.Old.Path == m.Path && r.New.Version == "" && sameFolder(fromFolder(dir, r.New.Path), m.Dir)
	})
}

// fromFolder returns the folder that a go.mod or go.work in dir calls path.
func fromFolder(dir, path string) string {
	path = filepath.FromSlash(path)
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(dir, path)
}

// sameFolder reports whether a and b name one folder, possibly through symlinks.
func sameFolder(a, b string) bool {
	if a == b {
		return true
	}
	ia, err := os.Stat(a)
	if err != nil {
		return false
	}
	ib, err := os.Stat(b)
	return err == nil && os.SameFile(ia, ib)
}
