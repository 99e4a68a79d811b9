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

	"github.com/cloud-functions-dispatch/go/cmd/dispatchmain/internal/modcopy"
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
	overlay, err := writeOverlay(cfg, source, dir)
	if err != nil {
		return nil, err
	}
	b := &builder{scope: cfg.Scope, dir: cfg.Caller.Module.Dir, files: cfg.Files, overlay: overlay, con: con}
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
// the folder source, in addition to the user's overlay. It returns the file name of the
// overlay.
func writeOverlay(cfg *Config, source, dir string) (string, error) {
	cfg.Callee.Package, cfg.Callee.Options = Folder, recordOption
	files, err := cfg.Callee.Files()
	if err != nil {
		return "", err
	}
	files[recordFile] = []byte(recordSource)
	var overlay struct{ Replace map[string]string }
	if overlay.Replace, err = cfg.Files.Overlay(); err != nil {
		return "", err
	}
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
	files   *modcopy.Files
	overlay string
	con     *console
}

// build builds a package. If the module lacks a requirement, such as the functions
// framework, it tries again with copies of go.mod or go.work, since dev does not change the
// user's.
func (b *builder) build(ctx context.Context, path, out string) error {
	err := b.goBuild(ctx, path, out)
	if err == nil || b.files.Completed || !missingModule.MatchString(err.Error()) {
		return err
	}
	if b.files.Vendored {
		b.con.printLine("the vendor folder lacks packages of the callee: building it from the module cache")
	}
	if cerr := b.files.Complete(ctx, b.dir); cerr != nil {
		return errors.Join(err, cerr)
	}
	return b.goBuild(ctx, path, out)
}

// missingModule matches the go command's errors about packages that are missing from
// go.mod, go.sum or the vendor folder.
var missingModule = regexp.MustCompile(`no required module provides package|from implicitly required module|missing go\.sum entry|updates to go\.mod needed|import lookup disabled by -mod=vendor`)

// goBuild runs go build. Its error contains the output.
func (b *builder) goBuild(ctx context.Context, path, out string) error {
	args := slices.Concat([]string{"build", "-o", out, "-overlay=" + b.overlay}, b.files.Flags, []string{path})
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir, cmd.Env = b.dir, b.files.Env
	// SIGINT to the group ends the compilers too, and lets the go command remove its
	// temporary files.
	ownGroup(cmd)
	cmd.Cancel = func() error { return interrupt(cmd) }
	cmd.WaitDelay = shutdownGrace
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
