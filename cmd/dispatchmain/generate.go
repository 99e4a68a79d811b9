package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"golang.org/x/mod/modfile"

	"github.com/cloud-functions-dispatch/go/analyzers/registration"
	"github.com/cloud-functions-dispatch/go/cmd/dispatchmain/internal/synth"
)

func generateCommand() *cobra.Command {
	var r request
	cmd := &cobra.Command{
		Use:   "generate [packages]",
		Short: "Write the callee's entrypoint",
		Long: `Generate writes an entrypoint that serves every function that the packages
register. The default is ./..., the whole module.

Without packages and flags, it updates every entrypoint that it wrote in the module
before, each with its own packages and flags. If there are none, it writes a new
one.

For Cloud Functions, the entrypoint goes to the root of the module, and you deploy
the root. The program dispatchlocal beside it serves the callee on this machine.
If the root holds package main, the entrypoint goes to the folder callee, as a
separate module with "replace APP => ..", and you deploy that folder with its
vendor folder.

For push and pull, the entrypoint is a program in the folder callee.

Generate writes nothing if dispatchvet would report a registration or an argument.
It never overwrites a file that dispatchmain did not write.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 && cmd.Flags().NFlag() == 0 {
				if again, err := regenerate(cmd.Context(), cmd.OutOrStdout()); again || err != nil {
					return err
				}
			}
			if r.patterns = args; len(args) == 0 {
				r.patterns = []string{"./..."}
			}
			s, err := synthesize(cmd.Context(), "", &r)
			if err != nil {
				return err
			}
			return s.write(cmd.Context(), cmd.OutOrStdout())
		},
	}
	r.flags(cmd.Flags())
	return cmd
}

// regenerate updates the entrypoints of the module that generate wrote, and reports
// whether there are any.
func regenerate(ctx context.Context, w io.Writer) (again bool, err error) {
	root, err := moduleRoot(ctx, "")
	if err != nil {
		return false, err
	}
	callees, err := findCallees(root)
	if err != nil {
		return false, err
	}
	var all []*synthesis
	for _, file := range callees {
		r, err := requestOf(file)
		if err != nil {
			return true, userError(fmt.Errorf("%s %w", relative(root, file), err))
		}
		s, err := synthesize(ctx, root, r)
		if err != nil {
			return true, err
		}
		all = append(all, s)
	}
	for _, s := range all {
		if err := s.write(ctx, w); err != nil {
			return true, err
		}
	}
	return len(all) > 0, nil
}

// write writes the files, removes stale ones, and prints a report to w.
func (s *synthesis) write(ctx context.Context, w io.Writer) error {
	if err := s.folder.Write(s.files, "go.sum"); err != nil {
		return userError(err)
	}
	stale := s.stale()
	if err := s.folder.Remove(stale...); err != nil {
		return userError(err)
	}
	return s.report(ctx, w, stale)
}

// report prints the files that were written and removed, the functions, and the
// commands to run next in the root of the module.
func (s *synthesis) report(ctx context.Context, w io.Writer, removed []string) error {
	wd, err := os.Getwd()
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "wrote %s in %s\n", strings.Join(slices.Sorted(maps.Keys(s.files)), ", "), relative(wd, s.folder.Dir))
	if len(removed) > 0 {
		fmt.Fprintf(w, "removed %s, left over from another kind of callee\n", strings.Join(removed, ", "))
	}
	fmt.Fprintln(w)
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, f := range synth.FunctionsOf(s.program) {
		fmt.Fprintf(tab, "  %s\t%s\n", f.Func, f.Name)
	}
	if err := tab.Flush(); err != nil {
		return err
	}
	dir, in := relative(s.module.Dir, s.folder.Dir), ""
	if root := relative(wd, s.module.Dir); root != "." {
		in = ", in " + root
	}
	fmt.Fprintf(w, "\nnext%s:\n", in)
	steps, err := s.goSteps(ctx, dir)
	if err != nil {
		return err
	}
	steps.print(w)
	fmt.Fprintf(w, "  %s\n", steps.command("vet", fmt.Sprintf("-vettool=$(%s) ./...", s.whichVet())))
	if s.callee.Kind == synth.Functions {
		s.reportFunction(w, dir, steps)
		return nil
	}
	folder := "./" + filepath.ToSlash(dir)
	run := steps.command("run", folder)
	if s.callee.Kind == synth.Pull {
		fmt.Fprintf(w, "  DISPATCH_SUBSCRIPTION=gcppubsub://projects/PROJECT/subscriptions/SUBSCRIPTION %s\n", run)
		return nil
	}
	fmt.Fprintf(w, "  %s   # serves the callee on port 8080, on every interface\n", run)
	if steps.needsWorkspace {
		fmt.Fprintf(w, "\n%s is built from modules of the workspace, which gcloud run deploy --source does not upload (deploy a container image of the program)\n", folder)
	} else {
		fmt.Fprintf(w, "  gcloud run deploy NAME --source=. --set-build-env-vars=GOOGLE_BUILDABLE=%s --no-allow-unauthenticated\n", folder)
	}
	return nil
}

// relative returns dir relative to base, or dir itself if that is impossible.
func relative(base, dir string) string {
	if rel, err := filepath.Rel(base, dir); err == nil {
		return rel
	}
	return dir
}

// stale returns the files that an earlier run of dispatchmain wrote and that are not
// among the files of s.
func (s *synthesis) stale() []string {
	if s.files[synth.LocalFile] != nil || !s.folder.Wrote(synth.LocalFile) {
		return nil
	}
	return []string{synth.LocalFile}
}

// reportFunction prints the commands to run next for a Cloud Function.
func (s *synthesis) reportFunction(w io.Writer, dir string, steps *goSteps) {
	local := "./" + synth.LocalDir
	if !s.folder.Root {
		local = "./" + filepath.ToSlash(filepath.Join(dir, synth.LocalDir))
	}
	fmt.Fprintf(w, "  %s   # serves the callee at localhost:8080\n", steps.command("run", local))
	if !s.folder.Root {
		fmt.Fprintf(w, "\n%s is not the root of a module, but Cloud Functions deploys module roots only (generate with --own-module to deploy it)\n", dir)
		return
	}
	if steps.needsWorkspace {
		fmt.Fprintln(w, "\nthe module imports modules of the workspace, but Cloud Functions deploys the folder alone (generate with --own-module to deploy it)")
		return
	}
	fmt.Fprintf(w, "  gcloud functions deploy NAME --gen2 --runtime=go126 --source=%s --entry-point=%s --trigger-topic=TOPIC --retry\n", dir, s.callee.Target)
}

// whichVet returns a command that prints the path of dispatchvet. It is a go command
// if go.mod lists dispatchvet as a tool.
func (s *synthesis) whichVet() string {
	f, err := s.goMod()
	if err == nil && slices.ContainsFunc(f.Tool, func(t *modfile.Tool) bool { return t.Path == vetPath }) {
		return "go tool -n dispatchvet"
	}
	return "which dispatchvet"
}

const vetPath = registration.RuntimeModule + "/cmd/dispatchvet"
