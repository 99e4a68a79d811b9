package folder

import (
	"bytes"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/tools/go/packages"

	"github.com/cloud-functions-dispatch/go/analyzers/load"
)

// A workspace is the workspace in which the user's module is built.
type workspace struct {
	file    *modfile.WorkFile
	dir     string
	modules map[string]load.WorkModule
}

// reached returns the paths of the modules of the workspace, except m, that a build of m
// needs: those that it imports, and those that go.mod files require.
func (w *workspace) reached(m Module, imported []*packages.Module) []string {
	seen := map[string]bool{m.Path: true}
	todo := []string{m.Path}
	add := func(path string) {
		if _, ok := w.modules[path]; ok && !seen[path] {
			seen[path] = true
			todo = append(todo, path)
		}
	}
	for _, i := range imported {
		add(i.Path)
	}
	for ; len(todo) > 0; todo = todo[1:] {
		if at := w.modules[todo[0]]; at.Mod != nil {
			for _, r := range at.Mod.Require {
				add(r.Mod.Path)
			}
		}
	}
	delete(seen, m.Path)
	return slices.Sorted(maps.Keys(seen))
}

// addWorkspace adds to f, the go.mod of the folder, what the workspace decides: versions,
// replacements and the folders of modules. The callee is built without it.
func (t *Folder) addWorkspace(f *modfile.File, m Module, w *workspace, imported []*packages.Module) error {
	var errs []error
	for _, i := range imported {
		if !i.Main && i.Version != "" {
			errs = append(errs, f.AddRequire(i.Path, i.Version))
		}
	}
	for _, path := range w.reached(m, imported) {
		if path == t.ImportPath {
			continue // the callee itself is in the workspace
		}
		at := w.modules[path]
		errs = append(errs, t.replace(f, m, modfile.Replace{}, path, at.Dir))
		if !slices.ContainsFunc(f.Require, func(r *modfile.Require) bool { return r.Mod.Path == path }) {
			errs = append(errs, f.AddRequire(path, placeholderVersion(path)))
		}
		for _, r := range at.Mod.Replace {
			if w.modules[r.Old.Path].Mod == nil && !slices.ContainsFunc(f.Replace, func(own *modfile.Replace) bool { return own.Old == r.Old }) {
				errs = append(errs, t.replace(f, m, *r, r.Old.Path, at.Dir))
			}
		}
		for _, e := range at.Mod.Exclude {
			errs = append(errs, f.AddExclude(e.Mod.Path, e.Mod.Version))
		}
	}
	for _, r := range w.file.Replace { // they take precedence over those of modules
		for _, own := range slices.Clone(f.Replace) {
			if own.Old.Path == r.Old.Path {
				errs = append(errs, f.DropReplace(own.Old.Path, own.Old.Version))
			}
		}
	}
	for _, r := range w.file.Replace {
		errs = append(errs, t.replace(f, m, *r, r.Old.Path, w.dir))
	}
	if w.file.Go != nil {
		errs = append(errs, f.AddGoStmt(w.file.Go.Version))
	}
	return errors.Join(errs...)
}

// replace adds r, which is written in a file in base, to f. A zero r replaces the module
// path by the folder base itself.
func (t *Folder) replace(f *modfile.File, m Module, r modfile.Replace, path, base string) error {
	if r.New.Version != "" {
		return f.AddReplace(path, r.Old.Version, r.New.Path, r.New.Version)
	}
	if filepath.IsAbs(r.New.Path) {
		return f.AddReplace(path, r.Old.Version, r.New.Path, "")
	}
	up, err := filepath.Rel(t.Dir, m.Dir)
	if err != nil {
		return err
	}
	// Only one of the two may be reached by a symlink.
	from, err := filepath.EvalSymlinks(m.Dir)
	if err != nil {
		return err
	}
	if base, err = filepath.EvalSymlinks(base); err != nil {
		return err
	}
	if base, err = filepath.Rel(from, base); err != nil {
		return err
	}
	to := filepath.Join(up, base, filepath.FromSlash(r.New.Path))
	return f.AddReplace(path, r.Old.Version, dotRelative(filepath.ToSlash(to)), "")
}

// sums returns the lines of the checksum files, each once.
func sums(files []string) ([]byte, error) {
	seen := make(map[string]bool)
	var all bytes.Buffer
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		for line := range strings.Lines(string(data)) {
			if line = strings.TrimSpace(line); line != "" && !seen[line] {
				seen[line] = true
				all.WriteString(line + "\n")
			}
		}
	}
	return all.Bytes(), nil
}
