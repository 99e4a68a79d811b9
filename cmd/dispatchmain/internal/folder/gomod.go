package folder

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/tools/go/packages"

	"github.com/cloud-functions-dispatch/go/analyzers/load"
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
// versions, and its replacements, relative to the folder. The user's module is built with
// the settings b, and imports packages of the modules in imported.
func (t *Folder) ModFiles(m Module, b *load.Settings, imported []*packages.Module) (map[string][]byte, error) {
	name, sum := b.GoMod(m.Dir)
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	f, err := modfile.Parse(name, data, nil)
	if err != nil {
		return nil, err
	}
	work, modules, err := b.Workspace()
	if err != nil {
		return nil, err
	}
	if err := t.adapt(f, m); err != nil {
		return nil, err
	}
	// go mod tidy removes lines from the folder's own go.sum. A new one starts with the module's
	// lines, since nothing fetches them again.
	sumFiles := []string{t.file("go.sum"), sum}
	if work != nil {
		w := &workspace{work, filepath.Dir(b.Work), modules}
		if err := t.addWorkspace(f, m, w, imported); err != nil {
			return nil, err
		}
		for _, path := range w.reached(m, imported) {
			sumFiles = append(sumFiles, filepath.Join(modules[path].Dir, "go.sum"))
		}
		sumFiles = append(sumFiles, b.Work+".sum")
	}
	err = errors.Join(
		f.AddRequire(m.Path, placeholderVersion(m.Path)),
		t.replace(f, m, modfile.Replace{}, m.Path, m.Dir),
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
	lines, err := sums(sumFiles)
	if len(lines) > 0 {
		files["go.sum"] = lines
	}
	return files, err
}

// adapt turns f, the go.mod of m, into the go.mod of the folder.
func (t *Folder) adapt(f *modfile.File, m Module) error {
	err := f.AddModuleStmt(t.ImportPath)
	for _, r := range slices.Clone(f.Replace) {
		if r.New.Version == "" && !filepath.IsAbs(r.New.Path) {
			err = errors.Join(err, t.replace(f, m, *r, r.Old.Path, m.Dir))
		}
	}
	for _, tool := range slices.Clone(f.Tool) {
		err = errors.Join(err, f.DropTool(tool.Path)) // it would be vendored and deployed
	}
	for _, i := range slices.Clone(f.Ignore) {
		err = errors.Join(err, f.DropIgnore(i.Path)) // it means another folder
	}
	return err
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
