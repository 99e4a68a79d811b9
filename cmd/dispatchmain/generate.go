package main

import (
	"context"
	"fmt"
	"go/token"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/cloud-functions-dispatch/go/analyzers/load"
	"github.com/cloud-functions-dispatch/go/cmd/dispatchmain/internal/synth"
	"github.com/cloud-functions-dispatch/go/cmd/dispatchmain/internal/target"
)

const defaultTarget = "Dispatch"

type generateFlags struct {
	out, target, tags string
	own               bool
}

func generateCommand() *cobra.Command {
	var f generateFlags
	cmd := &cobra.Command{
		Use:   "generate [packages]",
		Short: "Write the entrypoint of a Cloud Function",
		Long: `Generate writes the entrypoint of a Cloud Function that serves every function
that the packages register, and a program beside it that serves the same on
this machine. Without packages it takes ./..., the whole module.

The entrypoint goes to the root of the module, which is then deployed. If that
is a program, it goes to the folder callee, as a module of its own that
replaces the application's by the folder above, and that folder is deployed
with its vendor folder.

Nothing is written where dispatchvet would report a registration, nor over a
file that dispatchmain did not write.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				args = []string{"./..."}
			}
			return generate(cmd.Context(), cmd.OutOrStdout(), &f, args)
		},
	}
	cmd.Flags().StringVarP(&f.out, "out", "o", "", "folder of the entrypoint (default the root of the module, or callee)")
	cmd.Flags().BoolVar(&f.own, "own-module", false, "make the folder a module of its own")
	cmd.Flags().StringVar(&f.target, "target", defaultTarget, "name of the function, for --entry-point")
	cmd.Flags().StringVar(&f.tags, "tags", "", "build tags, as go build has them")
	return cmd
}

func generate(ctx context.Context, w io.Writer, f *generateFlags, patterns []string) error {
	if !token.IsIdentifier(f.target) {
		return fmt.Errorf("target %q cannot be the name of a Cloud Function (give an identifier, such as %s)", f.target, defaultTarget)
	}
	cfg := &load.Config{Overlay: ours(f.out)}
	if f.tags != "" {
		cfg.BuildFlags = []string{"-tags=" + f.tags}
	}
	p, err := loadProgram(ctx, cfg, patterns)
	if err != nil {
		return err
	}
	m, err := moduleOf(p)
	if err != nil {
		return err
	}
	t, err := target.Find(m, f.out, f.own)
	if err != nil {
		return userError(err)
	}
	callee, err := synth.New(p, t.ImportPath, f.target)
	if err != nil {
		return userError(err)
	}
	callee.Package = t.Package
	if callee.Serves, err = serves(m, t, patterns); err != nil {
		return err
	}
	files, err := callee.Files()
	if err != nil {
		return err
	}
	if t.Own {
		mod, err := t.ModFiles(m)
		if err != nil {
			return err
		}
		maps.Copy(files, mod)
	}
	if err := t.Write(files, "go.sum"); err != nil {
		return userError(err)
	}
	return report(w, t, callee, p, slices.Sorted(maps.Keys(files)))
}

// ours returns an overlay that empties the files of an earlier run, so that
// one that no longer compiles is in nobody's way.
func ours(out string) map[string][]byte {
	overlay := make(map[string][]byte)
	dirs := []string{out, target.DefaultFolder}
	if out == "" {
		dirs[0] = "."
	}
	for _, dir := range dirs {
		dir, err := filepath.Abs(dir)
		if err != nil {
			continue
		}
		for _, name := range []string{synth.EntrypointFile, synth.LocalFile} {
			file := filepath.Join(dir, filepath.FromSlash(name))
			data, err := os.ReadFile(file)
			if err != nil || !target.Written(data) {
				continue
			}
			if clause := packageClause(data); clause != "" {
				if strings.HasSuffix(clause, " main") {
					clause += "\n\nfunc main() {}"
				}
				overlay[file] = []byte(clause + "\n")
			}
		}
	}
	return overlay
}

// packageClause returns the line of data that begins with package.
func packageClause(data []byte) string {
	for line := range strings.Lines(string(data)) {
		if strings.HasPrefix(line, "package ") {
			return strings.TrimSpace(line)
		}
	}
	return ""
}

// serves returns the patterns that an entrypoint for a part of the module must
// carry, relative to its root; none if the entrypoint serves the whole.
func serves(m target.Module, t *target.Target, patterns []string) ([]string, error) {
	wd, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	var out []string
	for _, p := range patterns {
		if !strings.HasPrefix(p, ".") && !filepath.IsAbs(p) {
			out = append(out, p)
			continue
		}
		if !filepath.IsAbs(p) {
			p = filepath.Join(wd, p)
		}
		rel, err := filepath.Rel(m.Dir, p)
		if err != nil {
			return nil, err
		}
		rel = filepath.ToSlash(rel)
		switch {
		case rel == "...":
			return nil, nil
		case t.Own:
			out = append(out, strings.TrimSuffix(m.Path+"/"+rel, "/."))
		default:
			out = append(out, "./"+rel)
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// report says what was written, and what to run next.
func report(w io.Writer, t *target.Target, c *synth.Callee, p *load.Program, files []string) error {
	wd, err := os.Getwd()
	if err != nil {
		return err
	}
	dir, err := filepath.Rel(wd, t.Dir)
	if err != nil {
		dir = t.Dir
	}
	fmt.Fprintf(w, "wrote %s in %s\n\n", strings.Join(files, ", "), dir)
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, f := range synth.FunctionsOf(p) {
		fmt.Fprintf(tab, "  %s\t%s\n", f.Func, f.Name)
	}
	if err := tab.Flush(); err != nil {
		return err
	}
	in := ""
	if dir != "." {
		in = "-C " + dir + " "
	}
	local := "./" + synth.LocalDir
	if !t.Root {
		in, local = "", "./"+filepath.ToSlash(filepath.Join(dir, synth.LocalDir))
	}
	fmt.Fprintf(w, "\nnext:\n  go %smod tidy\n", in)
	fmt.Fprintf(w, "  go %svet -vettool=$(which dispatchvet) ./...\n", in)
	fmt.Fprintf(w, "  go %srun %s   # serves it at localhost:8080\n", in, local)
	if !t.Root {
		fmt.Fprintf(w, "\n%s is not the root of a module, which Cloud Functions wants to deploy: generate with --own-module for that\n", dir)
		return nil
	}
	if t.Own || p.Replaced() {
		fmt.Fprintf(w, "  go %smod vendor   # what is deployed holds the modules that are elsewhere on disk\n", in)
	}
	fmt.Fprintf(w, "  gcloud functions deploy NAME --gen2 --runtime=go126 --source=%s --entry-point=%s --trigger-topic=TOPIC --retry\n", dir, c.Target)
	return nil
}
