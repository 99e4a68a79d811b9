package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/cloud-functions-dispatch/go/analyzers"
	"github.com/cloud-functions-dispatch/go/analyzers/dispatchimport"
	"github.com/cloud-functions-dispatch/go/analyzers/load"
	"github.com/cloud-functions-dispatch/go/cmd/dispatchmain/internal/synth"
)

func checkCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "check",
		Short: "Check that the entrypoints are up to date and complete, for CI",
		Long: `Check exits with 1 if an entrypoint of the module differs from the output of
generate, if no entrypoint serves a registered function, or if dispatchvet would
report a registration or an argument. It prints the differences and the mistakes.

A generated entrypoint names the command that wrote it. Check compares the
entrypoint with the output of that command.`,
		Example: "  dispatchmain check   # in CI",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return check(cmd.Context(), cmd.ErrOrStderr()) },
	}
}

// check checks the module in the working folder and prints diagnostics to w.
func check(ctx context.Context, w io.Writer) error {
	l, err := newLoader(ctx)
	if err != nil {
		return err
	}
	p, err := load.Module(l.root, nil) // dispatchimport loads the same
	if err != nil {
		return err
	}
	if _, err := moduleOf(p); err != nil || len(p.Packages) == 0 {
		return err
	}
	served := make(map[string]bool)
	var differences []string
	for _, file := range l.callees {
		s, d, err := compare(ctx, l, file)
		if err != nil {
			return err
		}
		differences = append(differences, d...)
		for _, imp := range s.imports() {
			served[imp.Path] = true
		}
	}
	if len(differences) > 0 {
		// Generating may fix everything else.
		return userError(errors.New(strings.Join(differences, "\n")))
	}
	p, err = p.Analyzed(append(slices.Clip(analyzers.OfRegistrations), dispatchimport.Analyzer))
	if err != nil {
		return err
	}
	// If there is an entrypoint, dispatchimport reports the functions that are not served.
	if err := reportMistakes(w, p); err != nil || len(entrypoints(p)) > 0 {
		return err
	}
	return checkCoverage(w, p, served)
}

// entrypoints returns the import paths of the entrypoints in p.
func entrypoints(p *load.Program) []string {
	var paths []string
	for _, pkg := range p.Reaching() {
		if len(p.Model(pkg.PkgPath).Entrypoints) > 0 {
			paths = append(paths, pkg.PkgPath)
		}
	}
	return paths
}

// checkCoverage returns an error if the callees in separate modules do not serve
// every function that p registers. Generated entrypoints serve the packages in
// served.
func checkCoverage(w io.Writer, p *load.Program, served map[string]bool) error {
	var missing []string
	for _, f := range synth.FunctionsOf(p) {
		if !served[f.Package] {
			missing = append(missing, f.Func)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	found, trouble, err := checkHandwritten(w, p)
	if found || err != nil {
		return err
	}
	if len(served) == 0 {
		return userError(errors.New("no entrypoint serves the functions of this module (run dispatchmain generate, or run check in the callee's module)" + trouble))
	}
	return userError(fmt.Errorf("no entrypoint serves %s (run dispatchmain generate for the whole module, or for their packages with another folder in -o)", strings.Join(missing, ", ")))
}

// checkHandwritten reports whether modules that are built with the module of p from its
// folder have entrypoints that dispatchmain did not write. It returns an error if
// dispatchimport reports a function that they do not serve. Trouble has a line for each
// error of the go command about a module that may have an entrypoint.
func checkHandwritten(w io.Writer, p *load.Program) (found bool, trouble string, err error) {
	around, err := load.Around(p.Packages[0].Module)
	if err != nil {
		return false, "", err
	}
	for _, dir := range around {
		if !isUserModule(dir) {
			continue
		}
		own, lerr := load.OtherModule(dir, nil, dispatchimport.Analyzer)
		if lerr != nil {
			trouble += "\n" + lerr.Error()
			continue
		}
		if !slices.ContainsFunc(entrypoints(own), func(path string) bool { return load.ImportsFrom(own, path, p) }) {
			for _, e := range own.Errors() { // perhaps it is only not tidied
				trouble += "\n" + e
			}
			continue
		}
		found = true
		err = cmp.Or(err, reportMistakes(w, own))
	}
	return found, trouble, err
}
