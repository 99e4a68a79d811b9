package target

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"

	"github.com/cloud-functions-dispatch/go/cmd/dispatchmain/internal/synth"
)

// unreleased is the version by which a module is required that is replaced by
// a folder.
const unreleased = "v0.0.0-00010101000000-000000000000"

// ModFiles returns go.mod and go.sum of a target that is a module of its own:
// with the requirements of the user's module, so that the callee is built of
// the same versions, and its replacements, relative to the target.
func (t *Target) ModFiles(m Module) (map[string][]byte, error) {
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
			if err := f.AddReplace(r.Old.Path, r.Old.Version, dotted(moved), ""); err != nil {
				return nil, err
			}
		}
	}
	for _, tool := range slices.Clone(f.Tool) {
		// It would be vendored, and deployed.
		if err := f.DropTool(tool.Path); err != nil {
			return nil, err
		}
	}
	err = errors.Join(
		f.AddRequire(m.Path, unreleased),
		f.AddReplace(m.Path, "", dotted(filepath.ToSlash(up)), ""),
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

// dotted makes a relative path one that go.mod takes for a folder.
func dotted(p string) string {
	if filepath.IsAbs(p) || strings.HasPrefix(p, "./") || strings.HasPrefix(p, "../") || p == ".." {
		return p
	}
	return "./" + p
}
