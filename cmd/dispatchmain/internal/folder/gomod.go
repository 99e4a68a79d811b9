package folder

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"

	"github.com/cloud-functions-dispatch/go/cmd/dispatchmain/internal/synth"
)

// placeholderVersion returns the version with which go.mod requires a module that a
// folder replaces. As in the go command, it has the major version of the path.
func placeholderVersion(path string) string {
	_, major, _ := module.SplitPathVersion(path)
	return cmp.Or(module.PathMajorPrefix(major), "v0") + ".0.0-00010101000000-000000000000"
}

// ModFiles returns go.mod and go.sum of a folder that is a separate module. They have
// the requirements of the user's module, so that the callee is built from the same
// versions, and its replacements, relative to the folder.
func (t *Folder) ModFiles(m Module) (map[string][]byte, error) {
	data, err := os.ReadFile(filepath.Join(m.Dir, "go.mod"))
	if err != nil {
		return nil, err
	}
	f, err := modfile.Parse("go.mod", data, nil)
	if err != nil {
		return nil, err
	}
	up, err := filepath.Rel(t.Dir, m.Dir)
	if err != nil {
		return nil, err
	}
	if err := f.AddModuleStmt(t.ImportPath); err != nil {
		return nil, err
	}
	for _, r := range f.Replace {
		if r.New.Version == "" && !filepath.IsAbs(r.New.Path) {
			moved := filepath.ToSlash(filepath.Join(up, filepath.FromSlash(r.New.Path)))
			if err := f.AddReplace(r.Old.Path, r.Old.Version, dotRelative(moved), ""); err != nil {
				return nil, err
			}
		}
	}
	for _, tool := range slices.Clone(f.Tool) {
		// A tool would be vendored and deployed.
		if err := f.DropTool(tool.Path); err != nil {
			return nil, err
		}
	}
	err = errors.Join(
		f.AddRequire(m.Path, placeholderVersion(m.Path)),
		f.AddReplace(m.Path, "", dotRelative(filepath.ToSlash(up)), ""),
	)
	if err != nil {
		return nil, err
	}
	f.Cleanup()
	mod, err := f.Format()
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{"go.mod": fmt.Appendf(nil, "%s\n\n%s", synth.Header, mod)}
	sum, err := os.ReadFile(filepath.Join(m.Dir, "go.sum"))
	if err == nil {
		files["go.sum"] = sum
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return files, nil
}

// ModLines returns the statements of a go.mod that determine where a build gets its
// sources. go mod tidy may change the others.
func ModLines(data []byte) []string {
	f, err := modfile.Parse("go.mod", data, nil)
	if err != nil {
		return []string{"a go.mod that cannot be read"}
	}
	var lines []string
	if f.Module != nil {
		lines = append(lines, "module "+f.Module.Mod.Path)
	}
	for _, e := range f.Exclude {
		lines = append(lines, "exclude "+e.Mod.String())
	}
	for _, r := range f.Replace {
		lines = append(lines, "replace "+r.Old.String()+" => "+r.New.String())
	}
	return lines
}

// dotRelative adds ./ to a relative path if go.mod would not take it for a folder.
func dotRelative(p string) string {
	if filepath.IsAbs(p) || strings.HasPrefix(p, "./") || strings.HasPrefix(p, "../") || p == ".." {
		return p
	}
	return "./" + p
}
