package main

import (
	"context"
	"fmt"
	"os"
	"slices"

	"github.com/cloud-functions-dispatch/go/analyzers"
	"github.com/cloud-functions-dispatch/go/analyzers/load"
	"github.com/cloud-functions-dispatch/go/cmd/dispatchvet/internal/fix"
	"github.com/cloud-functions-dispatch/go/cmd/dispatchvet/internal/unit"
)

// alone analyzes packages without the go command's driver.
func alone(patterns, buildFlags []string, tests bool, mode unit.Mode) int {
	p, err := load.Load(context.Background(), &load.Config{BuildFlags: buildFlags, Tests: tests}, analyzers.Suite, patterns...)
	if err != nil {
		return fail(err)
	}
	if errs := p.Errors(); len(errs) > 0 {
		for _, e := range errs {
			fmt.Fprintf(os.Stderr, "dispatchvet: %s\n", e)
		}
		return 1
	}
	code := 0
	var broken []string
	for _, pkg := range p.Broken() {
		broken = append(broken, p.Why(pkg))
		code = 1
	}
	slices.Sort(broken)
	for _, why := range slices.Compact(broken) { // many break by one
		fmt.Fprintf(os.Stderr, "dispatchvet: %s\n", why)
	}
	if p.Graph == nil {
		return code
	}
	if mode.Fix {
		return max(code, applyFixes(p, mode.Diff))
	}
	if mode.JSON {
		if err := p.Graph.PrintJSON(os.Stdout); err != nil {
			return fail(err)
		}
		return code
	}
	for _, line := range p.Diagnostics() {
		fmt.Fprintln(os.Stderr, line)
		code = 1
	}
	return code
}

// applyFixes applies the fixes of what was reported, or prints what they would
// change and returns 1 if that is anything, as go vet does.
func applyFixes(p *load.Program, diff bool) int {
	var s fix.Set
	for _, act := range p.Graph.Roots {
		if err := s.Add(act.Package.Fset, act.Package.Syntax, os.ReadFile, act.Diagnostics); err != nil {
			return fail(err)
		}
	}
	if diff {
		if err := s.Diff(os.Stdout); err != nil {
			return fail(err)
		}
		return min(len(s.Files()), 1)
	}
	if err := s.Write(fix.WriteFile); err != nil {
		return fail(err)
	}
	if s.Left > 0 {
		fmt.Fprintf(os.Stderr, "dispatchvet: %s\n", s.Rest())
	}
	return 0
}
