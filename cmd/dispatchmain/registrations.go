package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/cloud-functions-dispatch/go/analyzers/dispatchargs"
	"github.com/cloud-functions-dispatch/go/analyzers/dispatchregister"
	"github.com/cloud-functions-dispatch/go/analyzers/load"
	"github.com/cloud-functions-dispatch/go/cmd/dispatchmain/internal/target"
)

// loadProgram loads the packages that match patterns. It returns an error
// where dispatchvet would report a registration or an argument, after printing
// what dispatchvet would.
func loadProgram(ctx context.Context, cfg *load.Config, patterns []string) (*load.Program, error) {
	cfg.Imports = true // what is wrong there fails in the callee all the same
	p, err := load.Load(ctx, cfg, []*analysis.Analyzer{dispatchargs.Analyzer, dispatchregister.Analyzer}, patterns...)
	if err != nil {
		return nil, err
	}
	if err := mistakes(os.Stderr, p); err != nil {
		return nil, err
	}
	if len(p.Packages) == 0 {
		return nil, fmt.Errorf("no packages match %s (give a pattern such as ./...)", strings.Join(patterns, " "))
	}
	return p, nil
}

// loadFunctions is loadProgram for what must register a function.
func loadFunctions(ctx context.Context, cfg *load.Config, patterns []string) (*load.Program, error) {
	p, err := loadProgram(ctx, cfg, patterns)
	if err == nil && len(p.Registering()) == 0 {
		err = userError(fmt.Errorf("%s (var F = dispatch.Register(f) in a package other than main)", noFunctions(patterns)))
	}
	return p, err
}

func noFunctions(patterns []string) string {
	return fmt.Sprintf("no package that matches %s registers a function", strings.Join(patterns, " "))
}

// mistakes returns an error if the packages in p do not load, do not compile, or
// are reported by a check, whose lines it prints to w.
func mistakes(w io.Writer, p *load.Program) error {
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

// moduleOf returns the module that the matching packages belong to.
func moduleOf(p *load.Program) (target.Module, error) {
	var m target.Module
	for _, pkg := range p.Packages {
		switch {
		case pkg.Module == nil || !pkg.Module.Main:
			return m, fmt.Errorf("package %s is not in the module here (run dispatchmain in its module, with a pattern such as ./...)", pkg.PkgPath)
		case m.Path == "":
			m = target.Module{Path: pkg.Module.Path, Dir: pkg.Module.Dir}
		case m.Path != pkg.Module.Path:
			return m, fmt.Errorf("the packages belong to two modules, %s and %s (give the patterns of one)", m.Path, pkg.Module.Path)
		}
	}
	return m, nil
}
