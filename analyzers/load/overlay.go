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
	data, err := os.ReadFile(list)
	if err != nil {
		return nil, nil, fmt.Errorf("read the overlay: %w", err)
	}
	var o struct{ Replace map[string]string }
	if err := json.Unmarshal(data, &o); err != nil {
		return nil, nil, fmt.Errorf("read the overlay %s: %w", list, err)
	}
	if files == nil {
		files = make(map[string][]byte)
	}
	for name, by := range o.Replace {
		if name, err = filepath.Abs(name); err != nil {
			return nil, nil, err
		}
		files[name] = []byte(absent)
		if by != "" {
			if files[name], err = os.ReadFile(by); err != nil {
				return nil, nil, fmt.Errorf("read the overlay %s: %w", list, err)
			}
		}
	}
	return rest, files, nil
}
