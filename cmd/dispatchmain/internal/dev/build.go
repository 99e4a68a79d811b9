package dev

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/cloud-functions-dispatch/go/cmd/dispatchmain/internal/synth"
)

// binaries are the file names of the two programs.
type binaries struct{ caller, callee string }

// build builds both programs into dir. The compiler gets the callee's source as an
// overlay, so nothing is written into the user's tree.
func build(ctx context.Context, cfg *Config, con *console, dir string) (*binaries, error) {
	source := filepath.Join(filepath.Dir(cfg.Caller.GoFiles[0]), Folder)
	if _, err := os.Stat(source); err == nil {
		return nil, fmt.Errorf("folder %s exists, but dev needs its name for the callee (rename the folder)", source)
	}
	overlay, err := writeOverlay(cfg.Callee, source, dir)
	if err != nil {
		return nil, err
	}
	b := &builder{scope: cfg.Scope, dir: cfg.Caller.Module.Dir, tmp: dir, mod: cfg.Caller.Module.GoMod, flags: slices.Concat([]string{"-overlay=" + overlay}, cfg.Flags)}
	bins := &binaries{filepath.Join(dir, "caller"), filepath.Join(dir, "callee")}
	for _, program := range []struct{ name, path, out string }{
		{"caller", cfg.Caller.PkgPath, bins.caller},
		{"callee", cfg.Callee.ImportPath + "/" + synth.LocalDir, bins.callee},
	} {
		con.status("building the " + program.name + " …")
		if err := b.build(ctx, program.path, program.out); err != nil {
			return nil, fmt.Errorf("build the %s: %w", program.name, err)
		}
	}
	con.status("")
	return bins, nil
}

// writeOverlay writes the callee's files to dir, with an overlay that places them in
// the folder source. It returns the file name of the overlay.
func writeOverlay(c *synth.Callee, source, dir string) (string, error) {
	c.Package, c.Options = Folder, recordOption
	files, err := c.Files()
	if err != nil {
		return "", err
	}
	files[recordFile] = []byte(recordSource)
	var overlay struct{ Replace map[string]string }
	overlay.Replace = make(map[string]string)
	for name, data := range files {
		file := filepath.Join(dir, strings.ReplaceAll(name, "/", "_"))
		if err := os.WriteFile(file, data, 0o666); err != nil {
			return "", err
		}
		overlay.Replace[filepath.Join(source, filepath.FromSlash(name))] = file
	}
	data, err := json.Marshal(overlay)
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, "overlay.json")
	return file, os.WriteFile(file, data, 0o666)
}

// A builder builds the packages of one module.
type builder struct {
	scope   *Scope
	dir     string // of the module
	tmp     string
	mod     string // the module's go.mod
	flags   []string
	modCopy bool // flags name a copy of go.mod
}

// build builds a package. If the module lacks a requirement, it tries again with a
// copy of go.mod.
func (b *builder) build(ctx context.Context, path, out string) error {
	err := b.goBuild(ctx, path, out)
	if err == nil || b.modCopy || !missingModule.MatchString(err.Error()) {
		return err
	}
	// The module may not require the functions framework yet. Add it to a copy of
	// go.mod, since dev does not change the user's.
	if cerr := b.copyMod(); cerr != nil {
		return errors.Join(err, cerr)
	}
	return b.goBuild(ctx, path, out)
}

// missingModule matches the go command's errors about packages that are missing from
// go.mod or go.sum.
var missingModule = regexp.MustCompile(`no required module provides package|missing go\.sum entry|updates to go\.mod needed`)

// goBuild runs go build. Its error contains the output.
func (b *builder) goBuild(ctx context.Context, path, out string) error {
	args := slices.Concat([]string{"build", "-o", out}, b.flags, []string{path})
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = b.dir
	// SIGINT to the group ends the compilers too, and lets the go command remove its
	// temporary files.
	ownGroup(cmd)
	cmd.Cancel = func() error { return interrupt(cmd) }
	cmd.WaitDelay = shutdownGrace
	cmd.Env = b.scope.GoEnv()
	text, err := b.scope.combinedOutput(cmd)
	if err == nil {
		return nil
	}
	text = bytes.TrimSpace(text)
	if bytes.Contains(text, []byte("initialization cycle")) {
		text = append(text, "\n(register a function that dispatches itself in init: see the package documentation of dispatch)"...)
	}
	return fmt.Errorf("%w\n%s", err, text)
}

// copyMod makes copies of go.mod and go.sum, which further builds use and complete.
func (b *builder) copyMod() error {
	modfile := filepath.Join(b.tmp, "go.mod")
	data, err := os.ReadFile(b.mod)
	if err != nil {
		return err
	}
	if err := os.WriteFile(modfile, data, 0o666); err != nil {
		return err
	}
	sum, err := os.ReadFile(filepath.Join(filepath.Dir(b.mod), "go.sum"))
	if err == nil {
		err = os.WriteFile(filepath.Join(b.tmp, "go.sum"), sum, 0o666)
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	b.modCopy = true
	b.flags = append(b.flags, "-modfile="+modfile, "-mod=mod")
	return nil
}
