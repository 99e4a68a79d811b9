package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"runtime/debug"
	"slices"

	"github.com/cloud-functions-dispatch/go/analyzers"
	"github.com/cloud-functions-dispatch/go/analyzers/load"
	"github.com/cloud-functions-dispatch/go/cmd/dispatchvet/internal/fix"
	"github.com/cloud-functions-dispatch/go/cmd/dispatchvet/internal/report"
	"github.com/cloud-functions-dispatch/go/cmd/dispatchvet/internal/unit"
)

// options configure a standalone run.
type options struct {
	unit.Mode
	dir        string // of the go command; empty is the working folder
	buildFlags []string
	tests      bool
	sarif      bool
	context    int // lines of context around a diagnostic; if negative, no code is shown
}

// softMemoryLimit is the memory limit if GOMEMLIMIT is not set. Most memory that
// the types of a large program take is garbage soon, so collecting it early pays.
const softMemoryLimit = 350 << 20

// standalone analyzes packages without the go command's driver, and returns the
// exit code.
func standalone(patterns []string, o options) int {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(softMemoryLimit)
	}
	p, err := load.Load(context.Background(), &load.Config{Dir: o.dir, BuildFlags: o.buildFlags, Tests: o.tests}, analyzers.Suite, patterns...)
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
	for _, why := range slices.Compact(broken) { // one broken package can break many
		fmt.Fprintf(os.Stderr, "dispatchvet: %s\n", why)
	}
	if o.Fix {
		return max(code, applyFixes(p, o.Diff))
	}
	found := p.Diagnostics()
	switch {
	case o.sarif:
		err = report.SARIF(os.Stdout, analyzers.Suite, found)
	case o.JSON:
		err = printJSON(p)
	default:
		if err = report.Text(os.Stderr, found, o.context); len(found) > 0 {
			code = 1
		}
	}
	if err != nil {
		return fail(err)
	}
	return code
}

// printJSON prints the results for all packages as one tree, in the form of
// go vet -json.
func printJSON(p *load.Program) error {
	tree := make(report.Tree)
	if p.Graph != nil {
		for _, act := range p.Graph.Roots {
			if act.Err != nil {
				tree.AddError(act.Package.ID, act.Analyzer, act.Err)
			} else {
				tree.Add(act.Package.ID, act.Analyzer, act.Package.Fset, act.Diagnostics)
			}
		}
	}
	enc := json.NewEncoder(os.Stdout)
	enc.SetIndent("", "\t")
	return enc.Encode(tree)
}

// applyFixes applies the fixes of the diagnostics and returns the exit code. With
// diff, it prints the changes instead and returns 1 if there are any, as go vet
// does.
func applyFixes(p *load.Program, diff bool) int {
	var s fix.Set
	if p.Graph == nil {
		return 0
	}
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
