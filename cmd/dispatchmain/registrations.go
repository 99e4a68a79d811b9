package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/cloud-functions-dispatch/go/analyzers"
	"github.com/cloud-functions-dispatch/go/analyzers/load"
	"github.com/cloud-functions-dispatch/go/cmd/dispatchmain/internal/folder"
)

// loadProgram loads the packages that match patterns. If dispatchvet would report a
// registration or an argument, loadProgram prints the diagnostics and returns an
// error.
func loadProgram(ctx context.Context, cfg *load.Config, patterns []string) (*load.Program, error) {
	cfg.Imports = true // a mistake in an import fails in the callee too
	p, err := load.Load(ctx, cfg, analyzers.OfRegistrations, patterns...)
	if err != nil {
		return nil, err
	}
	if err := reportMistakes(os.Stderr, p); err != nil {
		return nil, err
	}
	if len(p.Packages) == 0 {
		return nil, fmt.Errorf("no packages match %s (give a pattern such as ./...)", strings.Join(patterns, " "))
	}
	return p, nil
}

// loadFunctions is like loadProgram, but returns an error if no function is
// registered.
func loadFunctions(ctx context.Context, cfg *load.Config, patterns []string) (*load.Program, error) {
	p, err := loadProgram(ctx, cfg, patterns)
	if err == nil && len(p.Registering()) == 0 {
		err = userError(fmt.Errorf("%s (write var F = dispatch.Register(f) in a package other than main)", noFunctions(patterns)))
	}
	return p, err
}

// noFunctions says that the packages that match patterns register no function.
func noFunctions(patterns []string) string {
	return fmt.Sprintf("no package that matches %s registers a function", strings.Join(patterns, " "))
}

// reportMistakes returns an error if the packages in p do not load, do not compile,
// or have diagnostics. It prints the diagnostics to w.
func reportMistakes(w io.Writer, p *load.Program) error {
	if errs := p.Errors(); len(errs) > 0 {
		return userError(errors.New(strings.Join(errs, "\n")))
	}
	if broken := p.Broken(); len(broken) > 0 {
		return userError(errors.New(p.Why(broken[0])))
	}
	found := p.Diagnostics()
	for _, d := range found {
		fmt.Fprintln(w, d)
	}
	if len(found) > 0 {
		return userError(nil)
	}
	return nil
}

// moduleOf returns the module to which all matching packages belong.
func moduleOf(p *load.Program) (folder.Module, error) {
	var m folder.Module
	for _, pkg := range p.Packages {
		switch {
		case pkg.Module == nil || !pkg.Module.Main:
			return m, fmt.Errorf("package %s is not in the main module (run dispatchmain in its own module, with a pattern such as ./...)", pkg.PkgPath)
		case m.Path == "":
			m = folder.Module{Path: pkg.Module.Path, Dir: pkg.Module.Dir}
		case m.Path != pkg.Module.Path:
			return m, fmt.Errorf("the packages belong to two modules, %s and %s (name packages of one module)", m.Path, pkg.Module.Path)
		}
	}
	return m, nil
}
