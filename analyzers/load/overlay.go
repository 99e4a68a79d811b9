package load

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/tools/go/packages"
)

// absent is the content of a file that an overlay deletes: no build contains it.
const absent = "//go:build ignore\n\npackage ignore\n"

// setOverlay makes conf replace the files in given, and those that the flag -overlay
// replaces. The caller must call remove after the last load.
//
// It does not set the field Overlay, with which package packages type-checks all
// dependencies from source, and the standard library too. The go command gets an overlay
// of our own instead, and the parser gets the content. The loader reads a file before it
// calls the parser, so this cannot add a file: if one is added, setOverlay sets the field.
func setOverlay(conf *packages.Config, given map[string][]byte) (remove func(), err error) {
	remove = func() {}
	rest, files, err := overlay(conf.BuildFlags, given)
	if err != nil || len(files) == 0 {
		return remove, err
	}
	conf.BuildFlags = rest
	for name := range files {
		if !exists(name) {
			conf.Overlay = files
			return remove, nil
		}
	}
	dir, err := os.MkdirTemp("", "dispatch-overlay")
	if err != nil {
		return remove, err
	}
	remove = func() { os.RemoveAll(dir) }
	list, err := writeOverlay(dir, files)
	if err != nil {
		remove()
		return func() {}, err
	}
	conf.BuildFlags = append(rest, "-overlay="+list)
	conf.ParseFile = func(fset *token.FileSet, name string, src []byte) (*ast.File, error) {
		if replaced, ok := files[name]; ok {
			src = replaced
		}
		return parser.ParseFile(fset, name, src, parser.AllErrors|parser.ParseComments)
	}
	return remove, nil
}

// writeOverlay writes an overlay for the go command to dir, and returns its name.
func writeOverlay(dir string, files map[string][]byte) (list string, err error) {
	var o struct{ Replace map[string]string }
	o.Replace = make(map[string]string)
	for name, content := range files {
		by := filepath.Join(dir, strconv.Itoa(len(o.Replace))+".go")
		if err := os.WriteFile(by, content, 0o600); err != nil {
			return "", err
		}
		o.Replace[name] = by
	}
	data, err := json.Marshal(o)
	if err != nil {
		return "", err
	}
	list = filepath.Join(dir, "overlay.json")
	return list, os.WriteFile(list, data, 0o600)
}

// overlay removes the flag -overlay from flags. It returns the other flags, and the
// files that the overlay replaces together with the given ones.
func overlay(flags []string, given map[string][]byte) (rest []string, files map[string][]byte, err error) {
	files = maps.Clone(given)
	list := FlagValue(append(splitFlags(os.Getenv("GOFLAGS")), flags...), "overlay")
	for _, f := range flags {
		if !strings.HasPrefix(strings.TrimLeft(f, "-"), "overlay=") {
			rest = append(rest, f)
		}
	}
	if list == "" {
		return rest, files, nil
	}
	replace, err := OverlayFiles(list)
	if err != nil {
		return nil, nil, err
	}
	if files == nil {
		files = make(map[string][]byte)
	}
	for name, by := range replace {
		files[name] = []byte(absent)
		if by != "" {
			if files[name], err = os.ReadFile(by); err != nil {
				return nil, nil, fmt.Errorf("read the overlay %s: %w", list, err)
			}
		}
	}
	return rest, files, nil
}

// OverlayFiles returns the files that the overlay in the file list replaces, with absolute
// names, and the names of the files that replace them, or "" to delete.
func OverlayFiles(list string) (map[string]string, error) {
	data, err := os.ReadFile(list)
	if err != nil {
		return nil, fmt.Errorf("read the overlay: %w", err)
	}
	var o struct{ Replace map[string]string }
	if err := json.Unmarshal(data, &o); err != nil {
		return nil, fmt.Errorf("read the overlay %s: %w", list, err)
	}
	files := make(map[string]string)
	for name, by := range o.Replace {
		if name, err = filepath.Abs(name); err != nil {
			return nil, err
		}
		if files[name] = by; by != "" {
			if files[name], err = filepath.Abs(by); err != nil {
				return nil, err
			}
		}
	}
	return files, nil
}
