package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis/checker"
	"golang.org/x/tools/go/packages"

	"github.com/cloud-functions-dispatch/go/analyzers"
	"github.com/cloud-functions-dispatch/go/analyzers/load"
)

// alone analyzes packages without the go command's driver.
func alone(patterns, buildFlags []string, tests, asJSON bool) int {
	p, err := load.Load(&load.Config{BuildFlags: buildFlags, Tests: tests}, analyzers.Suite, patterns...)
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
	for _, pkg := range p.Broken() {
		fmt.Fprintf(os.Stderr, "dispatchvet: %s\n", p.Why(pkg))
		code = 1
	}
	if p.Graph == nil {
		return code
	}
	if asJSON {
		if err := p.Graph.PrintJSON(os.Stdout); err != nil {
			return fail(err)
		}
		return code
	}
	for _, line := range diagnostics(p.Graph, p.Packages) {
		fmt.Fprintln(os.Stderr, line)
		code = 1
	}
	return code
}

// diagnostics returns a line for each diagnostic on the packages asked for, in
// the order of their positions and relative to the working folder, once each:
// a file may belong to several variants of a package.
func diagnostics(g *checker.Graph, asked []*packages.Package) []string {
	ids := make(map[string]bool)
	for _, pkg := range asked {
		ids[pkg.ID] = true
	}
	wd, _ := os.Getwd() // relative names are a courtesy
	var lines []string
	for _, act := range g.Roots {
		if !ids[act.Package.ID] {
			continue
		}
		for _, d := range act.Diagnostics {
			pos := act.Package.Fset.Position(d.Pos)
			if rel, err := filepath.Rel(wd, pos.Filename); err == nil && !strings.HasPrefix(rel, "..") {
				pos.Filename = rel
			}
			lines = append(lines, fmt.Sprintf("%s: %s", pos, d.Message))
		}
	}
	slices.Sort(lines)
	return slices.Compact(lines)
}
