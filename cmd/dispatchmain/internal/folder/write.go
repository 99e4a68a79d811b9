package folder

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// Write writes files, by their names relative to the folder. If one exists
// that dispatchmain did not write, Write returns an error and writes none. The new content of
// files named in extended begins with the old one, so they are written nevertheless. A file
// that exists keeps its line ends.
func (t *Folder) Write(files map[string][]byte, extended ...string) error {
	names := slices.Sorted(maps.Keys(files))
	old := make(map[string][]byte)
	for _, name := range names {
		data, err := os.ReadFile(t.file(name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%w, so dispatchmain cannot write a file there (move it, or name another folder with -o)", err)
		}
		if err == nil && !Written(data) && !slices.Contains(extended, name) {
			return fmt.Errorf("%s was not written by dispatchmain and is not overwritten (move it, or name another folder with -o)", t.file(name))
		}
		old[name] = data
	}
	for _, name := range names {
		if err := writeFile(t.file(name), withLinesOf(old[name], files[name])); err != nil {
			return err
		}
	}
	return nil
}

// Wrote reports whether a file of that name exists and dispatchmain wrote it.
func (t *Folder) Wrote(name string) bool {
	data, err := os.ReadFile(t.file(name))
	return err == nil && Written(data)
}

// Remove removes the named files, and their folders if they are then empty.
func (t *Folder) Remove(names ...string) error {
	for _, name := range names {
		if err := os.Remove(t.file(name)); err != nil {
			return err
		}
		if dir := filepath.Dir(t.file(name)); dir != t.Dir {
			_ = os.Remove(dir) // fails if the folder is not empty
		}
	}
	return nil
}

// file returns the path of the named file.
func (t *Folder) file(name string) string { return filepath.Join(t.Dir, filepath.FromSlash(name)) }

// writeFile writes a file completely or not at all.
func writeFile(name string, data []byte) error {
	dir := filepath.Dir(name)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(dir, ".dispatchmain-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name()) // gone already if all went well
	_, err = tmp.Write(data)
	if err := errors.Join(err, tmp.Chmod(0o644), tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), name)
}
