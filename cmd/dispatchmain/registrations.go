package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/cloud-functions-dispatch/go/analyzers/dispatchargs"
	"github.com/cloud-functions-dispatch/go/analyzers/dispatchregister"
	"github.com/cloud-functions-dispatch/go/analyzers/load"
	"github.com/cloud-functions-dispatch/go/cmd/dispatchmain/internal/synth"
	"github.com/cloud-functions-dispatch/go/cmd/dispatchmain/internal/target"
)

// loadProgram loads the packages that match patterns. It returns an error
// where dispatchvet would report a registration or an argument, after printing
// what dispatchvet would, or where there is nothing to serve.
func loadProgram(ctx context.Context, cfg *load.Config, patterns []string) (*load.Program, error) {
	cfg.Imports = true // what is wrong there fails in the callee all the same
	p, err := load.Load(ctx, cfg, []*analysis.Analyzer{dispatchargs.Analyzer, dispatchregister.Analyzer}, patterns...)
	if err != nil {
		return nil, err
	}
	if errs := p.Errors(); len(errs) > 0 {
		return nil, userError(errors.New(strings.Join(errs, "\n")))
	}
	if len(p.Packages) == 0 {
		return nil, fmt.Errorf("no packages match %s (give a pattern such as ./...)", strings.Join(patterns, " "))
	}
	if broken := p.Broken(); len(broken) > 0 {
		return nil, userError(errors.New(p.Why(broken[0])))
	}
	if lines := p.Diagnostics(); len(lines) > 0 {
		fmt.Fprintln(os.Stderr, strings.Join(lines, "\n"))
		return nil, userError(nil)
	}
	if len(synth.FunctionsOf(p)) == 0 {
		return nil, userError(fmt.Errorf("no package that matches %s registers a function (var F = dispatch.Register(f) in a package other than main)", strings.Join(patterns, " ")))
	}
	return p, nil
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
