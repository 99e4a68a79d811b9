package load

import (
	"maps"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/mod/modfile"
	"golang.org/x/tools/go/packages"
)

// Around returns the folders of the other modules that use m from its folder: modules
// nested in m that replace it by the folder, such as a callee that is deployed alone, and
// the modules of its workspace.
func Around(m *packages.Module) ([]string, error) {
	s, err := ReadSettings(m.Dir, nil)
	if err != nil {
		return nil, err
	}
	_, modules, err := s.Workspace()
	if err != nil {
		return nil, err
	}
	var dirs []string
	for _, path := range slices.Sorted(maps.Keys(modules)) {
		if path != m.Path {
			dirs = append(dirs, modules[path].Dir)
		}
	}
	nested, err := nested(m)
	for _, dir := range nested {
		if !slices.ContainsFunc(dirs, func(known string) bool { return sameFolder(known, dir) }) {
			dirs = append(dirs, dir)
		}
	}
	return dirs, err
}

// nested returns the folders of modules that are nested in m and replace it by its folder.
func nested(m *packages.Module) ([]string, error) {
	var dirs []string
	err := Walk(m.Dir, func(dir string, nested bool) error {
		if nested && replaces(dir, m) {
			dirs = append(dirs, dir)
		}
		return nil
	})
	return dirs, err
}

// Requires reports whether the module that contains the folder dir requires the module with
// the given path.
func Requires(dir, path string) bool {
	root := moduleRoot(dir)
	if root == "" {
		return false
	}
	f, err := goModOf(root)
	return err == nil && slices.ContainsFunc(f.Require, func(r *modfile.Require) bool { return r.Mod.Path == path })
}

// goModOf returns the go.mod in a folder.
func goModOf(dir string) (*modfile.File, error) {
	data, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		return nil, err
	}
	return modfile.Parse("go.mod", data, nil)
}

// replaces reports whether the go.mod in dir replaces m by its folder.
func replaces(dir string, m *packages.Module) bool {
	f, err := goModOf(dir)
	return err == nil && slices.ContainsFunc(f.Replace, func(r *modfile.Replace) bool {
		return r.Old.Path == m.Path && r.New.Version == "" && sameFolder(FromFolder(dir, r.New.Path), m.Dir)
	})
}

// FromFolder returns the folder that a go.mod or go.work in dir calls path.
func FromFolder(dir, path string) string {
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
