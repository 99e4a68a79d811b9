package main

import (
	"context"
	"fmt"
	"os"
	"slices"

	"github.com/cloud-functions-dispatch/go/analyzers"
	"github.com/cloud-functions-dispatch/go/analyzers/load"
)

// alone analyzes packages without the go command's driver.
func alone(patterns, buildFlags []string, tests, asJSON bool) int {
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
	if asJSON {
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
