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
	"github.com/cloud-functions-dispatch/go/analyzers/registration"
	"github.com/cloud-functions-dispatch/go/cmd/dispatchmain/internal/folder"
)

// loadFunctions loads the packages that match patterns. It returns an error unless they
// register functions without mistakes.
func loadFunctions(ctx context.Context, cfg *load.Config, patterns []string) (*load.Program, error) {
	cfg.Imports = true // a mistake in an import fails in the callee too
	p, err := load.Load(ctx, cfg, analyzers.OfRegistrations, patterns...)
	if err == nil {
		err = checkFunctions(p, patterns)
	}
	return p, err
}

// checkProgram prints the diagnostics about p, the packages that match patterns. It
// returns an error if there are any, or if there are no packages.
func checkProgram(p *load.Program, patterns []string) error {
	if err := reportMistakes(os.Stderr, p); err != nil {
		return err
	}
	if len(p.Packages) == 0 {
		return fmt.Errorf("no packages match %s (give a pattern such as ./...)", strings.Join(patterns, " "))
	}
	return nil
}

// checkFunctions is like checkProgram, but also returns an error if p registers no
// function.
func checkFunctions(p *load.Program, patterns []string) error {
	err := checkProgram(p, patterns)
	if err == nil && len(p.Registering()) == 0 {
		err = userError(fmt.Errorf("%s (write var F = dispatch.Register(f) in a package other than main)", noFunctions(patterns)))
	}
	return err
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

// display returns a function's names in Go: the name of its variable, which callers use,
// and its own name.
func display(f registration.Function) string {
	if f.Var == "" {
		return f.Func
	}
	return f.Var + " (" + f.Func + ")"
}
