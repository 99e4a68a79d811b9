package target

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// Write writes files, by their names relative to the target's folder. It
// refuses, before it writes any, to overwrite one that dispatchmain did not
// write; those named in keep it leaves alone if they exist.
func (t *Target) Write(files map[string][]byte, keep ...string) error {
	names := slices.Sorted(maps.Keys(files))
	for _, name := range names {
		data, err := os.ReadFile(t.file(name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%w, where dispatchmain would write a file (move what is there, or name another folder with -o)", err)
		}
		if err == nil && !Written(data) && !slices.Contains(keep, name) {
			return fmt.Errorf("%s was not written by dispatchmain and is not overwritten (move it, or name another folder with -o)", t.file(name))
		}
	}
	for _, name := range names {
		if _, err := os.Stat(t.file(name)); err == nil && slices.Contains(keep, name) {
			continue
		}
		if err := writeFile(t.file(name), files[name]); err != nil {
			return err
		}
	}
	return nil
}

// Wrote reports whether there is a file of that name that dispatchmain wrote.
func (t *Target) Wrote(name string) bool {
	data, err := os.ReadFile(t.file(name))
	return err == nil && Written(data)
}

// Remove removes files that dispatchmain wrote, and folders that are then
// empty.
func (t *Target) Remove(names ...string) error {
	for _, name := range names {
		if err := os.Remove(t.file(name)); err != nil {
			return err
		}
		if dir := filepath.Dir(t.file(name)); dir != t.Dir {
			_ = os.Remove(dir) // fails where something else is in it
		}
	}
	return nil
}

func (t *Target) file(name string) string { return filepath.Join(t.Dir, filepath.FromSlash(name)) }

// writeFile writes a file whole, or not at all.
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
