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
	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/packages"

	"github.com/cloud-functions-dispatch/go/analyzers/dispatchargs"
	"github.com/cloud-functions-dispatch/go/analyzers/dispatchimport"
	"github.com/cloud-functions-dispatch/go/analyzers/dispatchregister"
	"github.com/cloud-functions-dispatch/go/analyzers/load"
	"github.com/cloud-functions-dispatch/go/cmd/dispatchmain/internal/synth"
)

func checkCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "check",
		Short: "Check that the entrypoints serve what they must, for CI",
		Long: `Check exits with 1 where an entrypoint of the module is not what generate would
write, or does not serve what it must, and says what is missing. An entrypoint
that generate wrote holds the command that made it.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return check(cmd.Context(), cmd.ErrOrStderr()) },
	}
}

func check(ctx context.Context, w io.Writer) error {
	root, err := moduleRoot(ctx, "")
	if err != nil {
		return err
	}
	p, err := load.Load(ctx, &load.Config{Dir: root}, []*analysis.Analyzer{dispatchargs.Analyzer, dispatchimport.Analyzer, dispatchregister.Analyzer}, "./...")
	if err != nil {
		return err
	}
	m, err := moduleOf(p)
	if err != nil || len(p.Packages) == 0 {
		return err
	}
	callees, err := findCallees(root)
	if err != nil {
		return err
	}
	served := make(map[string]bool)
	var differences []string
	for _, file := range callees {
		s, d, err := compare(ctx, m, file)
		if err != nil {
			return err
		}
		differences = append(differences, d...)
		for _, imp := range s.imports() {
			served[imp.Path] = true
		}
	}
	if len(differences) > 0 {
		// What else is wrong, generating may mend.
		return userError(errors.New(strings.Join(differences, "\n")))
	}
	if err := mistakes(w, p); err != nil || hasEntrypoint(p) {
		return err
	}
	return cover(ctx, w, p, served)
}

// hasEntrypoint reports whether p has an entrypoint, of which dispatchimport
// has said what it does not serve.
func hasEntrypoint(p *load.Program) bool {
	return slices.ContainsFunc(p.Reaching(), func(pkg *packages.Package) bool { return len(p.Model(pkg.PkgPath).Entrypoints) > 0 })
}

// cover returns an error if the callees in modules of their own do not serve
// all that p registers. The packages in served are, by what was generated.
func cover(ctx context.Context, w io.Writer, p *load.Program, served map[string]bool) error {
	var missing []string
	for _, f := range synth.FunctionsOf(p) {
		if !served[f.Package] {
			missing = append(missing, f.Func)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	if found, err := coverByHand(ctx, w, p.Packages[0].Module); found || err != nil {
		return err
	}
	if len(served) == 0 {
		return userError(errors.New("no entrypoint serves what the module registers (run dispatchmain generate, or check in the callee's module)"))
	}
	return userError(fmt.Errorf("no entrypoint serves %s (run dispatchmain generate for the whole module, or for their packages with another -o)", strings.Join(missing, ", ")))
}

// coverByHand reports whether there are entrypoints in modules below m that
// dispatchmain did not write, and returns an error if dispatchimport, which
// knows what they must serve, reports something.
func coverByHand(ctx context.Context, w io.Writer, m *packages.Module) (found bool, err error) {
	nested, err := load.Nested(m)
	if err != nil {
		return false, err
	}
	for _, dir := range nested {
		if !isForeign(dir) {
			continue
		}
		own, lerr := load.Load(ctx, &load.Config{Dir: dir}, []*analysis.Analyzer{dispatchimport.Analyzer}, "./...")
		if lerr != nil || !hasEntrypoint(own) {
			continue // it serves nothing, or cannot yet
		}
		found = true
		err = cmp.Or(err, mistakes(w, own))
	}
	return found, err
}
