package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/tools/go/analysis"

	"github.com/cloud-functions-dispatch/go/analyzers/dispatchargs"
	"github.com/cloud-functions-dispatch/go/analyzers/dispatchimport"
	"github.com/cloud-functions-dispatch/go/analyzers/dispatchregister"
	"github.com/cloud-functions-dispatch/go/analyzers/load"
	"github.com/cloud-functions-dispatch/go/cmd/dispatchmain/internal/synth"
	"github.com/cloud-functions-dispatch/go/cmd/dispatchmain/internal/target"
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
	p, err := load.Load(ctx, new(load.Config), []*analysis.Analyzer{dispatchargs.Analyzer, dispatchimport.Analyzer, dispatchregister.Analyzer}, "./...")
	if err != nil {
		return err
	}
	m, err := moduleOf(p)
	if err != nil {
		return err
	}
	entrypoints, err := generated(m.Dir)
	if err != nil {
		return err
	}
	var differences []string
	for _, file := range entrypoints {
		d, err := compare(ctx, m, file)
		if err != nil {
			return err
		}
		differences = append(differences, d...)
	}
	if len(differences) > 0 {
		// What else is wrong, generating may mend.
		return userError(errors.New(strings.Join(differences, "\n")))
	}
	if errs := p.Errors(); len(errs) > 0 {
		return userError(errors.New(strings.Join(errs, "\n")))
	}
	if broken := p.Broken(); len(broken) > 0 {
		return userError(errors.New(p.Why(broken[0])))
	}
	if lines := p.Diagnostics(); len(lines) > 0 {
		fmt.Fprintln(w, strings.Join(lines, "\n"))
		return userError(nil)
	}
	found := len(entrypoints) > 0
	for _, pkg := range p.Reaching() {
		found = found || len(p.Model(pkg.PkgPath).Entrypoints) > 0
	}
	if !found && len(synth.FunctionsOf(p)) > 0 {
		return userError(errors.New("no entrypoint serves what the module registers (run dispatchmain generate)"))
	}
	return nil
}

// generated returns the entrypoints that dispatchmain wrote in the module in
// dir, and in modules of their own below it.
func generated(dir string) ([]string, error) {
	var files []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name := d.Name(); d.IsDir() && path != dir {
			foreign := false
			if mod, err := os.ReadFile(filepath.Join(path, "go.mod")); err == nil {
				foreign = !target.Written(mod)
			}
			if foreign || name == "vendor" || name == "testdata" || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") {
				return fs.SkipDir
			}
		}
		if d.Name() == synth.EntrypointFile {
			files = append(files, path)
		}
		return nil
	})
	return files, err
}

// compare says how an entrypoint on disk, and what was written with it, differ
// from what its command would write.
func compare(ctx context.Context, m target.Module, file string) ([]string, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	name := file
	if rel, err := filepath.Rel(m.Dir, file); err == nil {
		name = rel
	}
	args, ok := synth.CommandOf(data)
	if !ok || !target.Written(data) {
		return []string{name + " does not say which command wrote it (run dispatchmain generate again)"}, nil
	}
	r, err := parseRequest(args)
	if err != nil {
		return []string{fmt.Sprintf("%s was not written by dispatchmain %s: %v (run dispatchmain generate again)", name, strings.Join(args, " "), err)}, nil
	}
	s, err := synthesize(ctx, m.Dir, r)
	if err != nil {
		return nil, err
	}
	var differences []string
	for _, file := range slices.Sorted(maps.Keys(s.files)) {
		if !strings.HasSuffix(file, ".go") {
			continue // go mod tidy changes it
		}
		got, err := os.ReadFile(filepath.Join(s.target.Dir, filepath.FromSlash(file)))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		if !bytes.Equal(got, s.files[file]) {
			name := filepath.Join(filepath.Dir(name), filepath.FromSlash(file))
			differences = append(differences, fmt.Sprintf("%s is not what generate writes (in the root of the module, run dispatchmain %s)%s", name, s.callee.Command, changes(got, s.files[file])))
		}
	}
	return differences, nil
}

// parseRequest reads the arguments of a command that generate wrote down.
func parseRequest(args []string) (*request, error) {
	r := new(request)
	f := pflag.NewFlagSet("generate", pflag.ContinueOnError)
	r.flags(f)
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	if f.NArg() < 2 || f.Arg(0) != "generate" {
		return nil, errors.New("it is not a command to generate")
	}
	r.patterns = f.Args()[1:]
	return r, r.check()
}

// changes lists the lines that only one of two files has.
func changes(got, want []byte) string {
	var b strings.Builder
	only := func(mark string, a, other []byte) {
		others := slices.Collect(strings.Lines(string(other)))
		for line := range strings.Lines(string(a)) {
			if !slices.Contains(others, line) {
				b.WriteString("\n" + mark + strings.TrimRight(line, "\n"))
			}
		}
	}
	only("-", got, want)
	only("+", want, got)
	return b.String()
}
