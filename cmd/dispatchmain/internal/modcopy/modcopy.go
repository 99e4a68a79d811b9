// Package modcopy lets the go command complete a build without changing the user's go.mod,
// go.sum, go.work or go.work.sum: it works on copies.
package modcopy

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"

	"github.com/cloud-functions-dispatch/go/analyzers/load"
)

// Files are the files of a module that determine its build.
type Files struct {
	Env   []string // of go commands
	Flags []string // of go commands that list or build packages

	// Completed says that Complete was called: it has no further effect.
	Completed bool
	// Vendored says that packages come from a vendor folder.
	Vendored bool

	settings *load.Settings
	tmp      string
}

// Framework is the module that a callee needs and an application may not require.
const Framework = "github.com/GoogleCloudPlatform/functions-framework-go"

// New returns the files of the module that contains the folder dir, for go commands with
// the given environment and flags. If dir is empty, it is the working folder. The files are
// the user's own, except where even listing packages may change these: in a workspace, and
// with -mod=mod. Copies are made in the folder tmp.
func New(ctx context.Context, dir, tmp string, env, flags []string) (*Files, error) {
	s, err := load.ReadSettings(dir, flags)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, "go", "env", "GOMOD")
	cmd.Dir = dir
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("run go env GOMOD: %w", err)
	}
	mod := strings.TrimSpace(string(out))
	root := filepath.Dir(mod)
	f := &Files{Env: env, Flags: slices.Clone(flags), Vendored: s.Vendored(root), settings: s, tmp: filepath.Join(tmp, "modules")}
	if err := os.Mkdir(f.tmp, 0o777); err != nil {
		return nil, err
	}
	switch {
	case f.Vendored: // the go command changes nothing
	case s.Work != "":
		err = f.copyWork(nil)
	case s.Mod == "mod" && filepath.Base(mod) == "go.mod":
		err = f.copyMod(root)
	}
	return f, err
}

// Overlay returns the files that an overlay in the flags replaces, by name.
func (f *Files) Overlay() (map[string]string, error) {
	if list := load.FlagValue(f.settings.Flags, "overlay"); list != "" {
		return load.OverlayFiles(list)
	}
	return make(map[string]string), nil
}

// Complete makes copies, to which the go command adds the requirements of the callee that
// the module in root lacks.
func (f *Files) Complete(ctx context.Context, root string) error {
	f.Completed = true
	if f.settings.Work == "" {
		return f.copyMod(root)
	}
	if f.Vendored {
		f.Flags = append(f.Flags, "-mod=readonly")
	}
	// In a workspace, the go command changes no go.mod. An additional module has the
	// missing requirement.
	cmd := exec.CommandContext(ctx, "go", "list", "-m", "-mod=readonly", "-f", "{{.Version}}", Framework)
	cmd.Dir, cmd.Env = root, f.Env
	version, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("find the version of %s: %w", Framework, err)
	}
	mod := new(modfile.File)
	err = errors.Join(
		mod.AddModuleStmt("dispatchdev.invalid/callee"),
		mod.AddRequire(Framework, strings.TrimSpace(string(version))))
	if err != nil {
		return err
	}
	return f.copyWork(mod)
}

// copyMod makes copies of go.mod and go.sum of the module in root. It is done only once.
func (f *Files) copyMod(root string) error {
	copied := filepath.Join(f.tmp, "go.mod")
	if _, err := os.Stat(copied); err == nil {
		return nil
	}
	mod, sum := f.settings.GoMod(root)
	if err := copyFile(copied, mod); err != nil {
		return err
	}
	if err := copyFile(filepath.Join(f.tmp, "go.sum"), sum); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f.Flags = append(f.Flags, "-modfile="+copied, "-mod=mod")
	return nil
}

// copyWork makes copies of go.work and go.work.sum. The copy of go.work also names a new
// module with the go.mod more, unless it is nil.
func (f *Files) copyWork(more *modfile.File) error {
	work, modules, err := f.settings.Workspace()
	if err != nil {
		return err
	}
	dir := filepath.Dir(f.settings.Work)
	uses := []*modfile.Use{}
	for _, path := range slices.Sorted(maps.Keys(modules)) {
		uses = append(uses, &modfile.Use{Path: modules[path].Dir, ModulePath: path})
	}
	if more != nil {
		if work.Go != nil {
			err = more.AddGoStmt(work.Go.Version)
		}
		data, ferr := more.Format()
		callee := filepath.Join(f.tmp, "callee")
		if err := errors.Join(err, ferr, os.MkdirAll(callee, 0o777), os.WriteFile(filepath.Join(callee, "go.mod"), data, 0o666)); err != nil {
			return err
		}
		uses = append(uses, &modfile.Use{Path: callee})
	}
	for _, u := range slices.Clone(work.Use) {
		err = errors.Join(err, work.DropUse(u.Path))
	}
	for _, u := range uses {
		work.AddNewUse(filepath.ToSlash(u.Path), u.ModulePath)
	}
	for _, r := range work.Replace {
		if r.New.Version == "" {
			err = errors.Join(err, work.AddReplace(r.Old.Path, r.Old.Version, filepath.ToSlash(load.FromFolder(dir, r.New.Path)), ""))
		}
	}
	work.Cleanup()
	copied := filepath.Join(f.tmp, "go.work")
	err = errors.Join(err, os.WriteFile(copied, modfile.Format(work.Syntax), 0o666))
	if _, serr := os.Stat(copied + ".sum"); serr != nil {
		if cerr := copyFile(copied+".sum", f.settings.Work+".sum"); !errors.Is(cerr, fs.ErrNotExist) {
			err = errors.Join(err, cerr)
		}
	}
	f.Env = append(slices.Clip(f.Env), "GOWORK="+copied)
	return err
}

func copyFile(to, from string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o666)
}
