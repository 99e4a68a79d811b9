package load

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/modfile"
)

// Walk calls visit for each folder of the module in root that the go command searches for
// packages if the pattern is ./..., and for the root of each module directly below. The
// latter are nested: Walk does not enter them. An error of visit ends the walk.
//
// It has the rules of MatchDirs in cmd/go/internal/search.
func Walk(root string, visit func(dir string, nested bool) error) error {
	root = filepath.Clean(root)
	ignored, err := ignoredBy(root)
	if err != nil {
		return err
	}
	// With the separator at the end, a root that is a symlink is entered.
	return filepath.WalkDir(root+string(filepath.Separator), func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err // a symlink is not a folder here
		}
		path = filepath.Clean(path)
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		inside := path != root
		if ignored(rel) || inside && PassedOver(d.Name()) && d.Name() != "vendor" {
			return fs.SkipDir
		}
		nested := inside && isModule(path)
		if err := visit(path, nested); err != nil {
			return err
		}
		// The folder vendor can be a package, but the folders below it cannot.
		if nested || inside && d.Name() == "vendor" {
			return fs.SkipDir
		}
		return nil
	})
}

// PassedOver reports whether the pattern ./... skips the content of folders with that name.
func PassedOver(name string) bool {
	return name == "vendor" || name == "testdata" || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") || strings.Contains(name, "@")
}

// isModule reports whether dir is the root of a module.
func isModule(dir string) bool {
	info, err := os.Stat(filepath.Join(dir, "go.mod"))
	return err == nil && !info.IsDir()
}

// WhySkipped returns why the pattern ./... does not match a package in dir, which need
// not exist yet, in the module in root. It returns "" if the pattern matches it.
func WhySkipped(root, dir string) (string, error) {
	rel, err := filepath.Rel(root, dir)
	if err != nil || rel == "." {
		return "", err
	}
	ignored, err := ignoredBy(root)
	if err != nil {
		return "", err
	}
	at := root
	for elem := range strings.SplitSeq(rel, string(filepath.Separator)) {
		at = filepath.Join(at, elem)
		if PassedOver(elem) {
			return "of its element " + elem, nil
		}
		if info, err := os.Lstat(at); err == nil && info.Mode()&fs.ModeSymlink != 0 {
			return elem + " is a symlink", nil
		}
	}
	if ignored(rel) {
		return "go.mod ignores it", nil
	}
	return "", nil
}

// ignoredBy returns a function that reports whether go.mod in root ignores a folder,
// given relative to root. The go command does not look into the file of -modfile here.
func ignoredBy(root string) (func(rel string) bool, error) {
	file := filepath.Join(root, "go.mod")
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	f, err := modfile.ParseLax(file, data, nil)
	if err != nil {
		return nil, fmt.Errorf("read the ignore lines: %w", err)
	}
	slashes := func(p string) string { return "/" + strings.TrimSuffix(strings.TrimPrefix(p, "/"), "/") + "/" }
	return func(rel string) bool {
		rel = slashes(filepath.ToSlash(rel))
		for _, i := range f.Ignore {
			pattern, fromRoot := strings.CutPrefix(i.Path, "./")
			pattern = slashes(pattern)
			if strings.HasPrefix(rel, pattern) || !fromRoot && strings.Contains(rel, pattern) {
				return true
			}
		}
		return false
	}, nil
}
