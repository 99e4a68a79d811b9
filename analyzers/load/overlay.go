package load

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
)

// absent is the content of a file that an overlay deletes: no build contains it.
const absent = "//go:build ignore\n\npackage ignore\n"

// overlay removes the flag -overlay from flags. It returns the other flags, and the
// files that the overlay replaces together with the given ones: package packages
// parses files itself and must know them too.
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
