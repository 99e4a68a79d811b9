package main

import (
	"context"
	"fmt"
	"go/version"
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

With packages or flags, it changes one entrypoint: the one in the folder that -o
names, the only one of the kind that --for names, or the only one. Packages and
flags that you leave out stay as they are. To undo one, write ./..., --ping=false,
--tags= or --transport=.

For Cloud Functions, the entrypoint goes to the root of the module, and you deploy
the root. The program dispatchlocal beside it serves the callee on this machine.
If the root holds package main, the entrypoint goes to the folder callee, as a
separate module with "replace APP => ..", and you deploy that folder with its
vendor folder.

For push, pull and lambda, the entrypoint is a program in the folder callee. It
imports the transports that the module's programs import, if a function that it
serves may dispatch calls; --transport names others.

Generate writes nothing if dispatchvet would report a registration or an argument.
It never overwrites a file that dispatchmain did not write.`,
		Example: `  dispatchmain generate --for=push              # a program for Cloud Run, in the folder callee
  dispatchmain generate --for=pull -o worker    # a worker
  dispatchmain generate ./mail/... ./images     # only the functions of these packages
  dispatchmain generate                         # updates all of them`,
		RunE: func(cmd *cobra.Command, args []string) error {
			l, err := newLoader(cmd.Context())
			if err != nil {
				return err
			}
			if len(args) == 0 && cmd.Flags().NFlag() == 0 && len(l.callees) > 0 {
				return regenerate(cmd.Context(), l, cmd.OutOrStdout())
			}
			if len(args) > 0 {
				r.patterns = args
			}
			if err := r.keep(l, cmd.Flags()); err != nil {
				return err
			}
			if r.patterns == nil {
				r.patterns = []string{"./..."}
			}
			given := cmd.Flags().Changed
			r.follows = len(l.callees) == 0 && !slices.ContainsFunc([]string{"for", "target", "own-module", "transport"}, given)
			s, err := synthesize(cmd.Context(), l, "", &r)
			if err != nil {
				return err
			}
			return s.write(cmd.Context(), cmd.OutOrStdout())
		},
	}
	r.flags(cmd.Flags())
	_ = cmd.RegisterFlagCompletionFunc("for", cobra.FixedCompletions(synth.KindNames(), cobra.ShellCompDirectiveNoFileComp)) // the flag exists
	_ = cmd.MarkFlagDirname("out")
	return cmd
}

// regenerate updates the entrypoints of the module that generate wrote.
func regenerate(ctx context.Context, l *loader, w io.Writer) error {
	var all []*synthesis
	for _, file := range l.callees {
		r, err := requestOf(file)
		if err != nil {
			return userError(fmt.Errorf("%s %w", relative(l.root, file), err))
		}
		s, err := synthesize(ctx, l, l.root, r)
		if err != nil {
			return err
		}
		all = append(all, s)
	}
	for _, s := range all {
		if err := s.write(ctx, w); err != nil {
			return err
		}
	}
	return nil
}

// write writes the files, removes stale ones, and prints a report to w.
func (s *synthesis) write(ctx context.Context, w io.Writer) error {
	before := s.commandOnDisk()
	if err := s.folder.Write(s.files, "go.sum"); err != nil {
		return userError(err)
	}
	stale := s.stale()
	if err := s.folder.Remove(stale...); err != nil {
		return userError(err)
	}
	return s.report(ctx, w, stale, before)
}

// commandOnDisk returns the command that the entrypoint on disk names, or "".
func (s *synthesis) commandOnDisk() string {
	data, err := os.ReadFile(filepath.Join(s.folder.Dir, synth.EntrypointFile))
	if err != nil {
		return "" // there is none
	}
	args, _ := synth.CommandOf(data)
	return strings.Join(args, " ")
}

// report prints the files that were written and removed, the functions, and the
// commands to run next in the root of the module. Before is the command that wrote the
// entrypoint before.
func (s *synthesis) report(ctx context.Context, w io.Writer, removed []string, before string) error {
	wd, err := os.Getwd()
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "wrote %s in %s\n", strings.Join(slices.Sorted(maps.Keys(s.files)), ", "), relative(wd, s.folder.Dir))
	if before != "" && before != s.callee.Command {
		fmt.Fprintf(w, "this is now dispatchmain %s\nit was dispatchmain %s\n", s.callee.Command, before)
	}
	if len(removed) > 0 {
		fmt.Fprintf(w, "removed %s, left over from another kind of callee\n", strings.Join(removed, ", "))
	}
	fmt.Fprintln(w)
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, f := range synth.FunctionsOf(s.program) {
		fmt.Fprintf(tab, "  %s\t%s\n", display(f), f.Name)
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
	fmt.Fprintln(w, "  "+steps.vet(s.vetCommand()))
	if s.callee.Kind == synth.Functions {
		s.reportFunction(w, dir, steps)
		s.reportQueue(w)
		return nil
	}
	folder := "./" + filepath.ToSlash(dir)
	if dir == "." {
		folder = dir
	}
	run := steps.command("run", folder)
	switch s.callee.Kind {
	case synth.Pull:
		fmt.Fprintf(w, "  DISPATCH_SUBSCRIPTION=%s %s\n", subscription(s.callee.Transports), run)
		return nil
	case synth.Lambda:
		s.reportLambda(w, folder, steps)
		return nil
	}
	fmt.Fprintf(w, "  %s   # serves the callee on port 8080, on every interface\n", run)
	if steps.needsWorkspace {
		fmt.Fprintf(w, "\n%s is built from modules of the workspace, which gcloud run deploy --source does not upload (deploy a container image of the program)\n", folder)
	} else {
		fmt.Fprintf(w, "  gcloud run deploy NAME --source=. --set-build-env-vars=GOOGLE_BUILDABLE=%s --no-allow-unauthenticated\n", folder)
	}
	s.reportQueue(w)
	return nil
}

// subscription returns the form of the URL of a subscription.
func subscription(transports []string) string {
	if slices.Equal(transports, []string{synth.SQS}) {
		return "sqs://sqs.REGION.amazonaws.com/ACCOUNT/QUEUE"
	}
	return "gcppubsub://projects/PROJECT/subscriptions/SUBSCRIPTION"
}

// reportLambda prints the commands to run next for AWS Lambda.
func (s *synthesis) reportLambda(w io.Writer, folder string, steps *goSteps) {
	fmt.Fprintf(w, "  GOOS=linux GOARCH=arm64 CGO_ENABLED=0 %s\n", steps.command("build", `-tags=`+strings.Join(append([]string{"lambda.norpc"}, strings.Fields(strings.ReplaceAll(s.tags, ",", " "))...), ",")+` -trimpath -ldflags="-s -w" -o bootstrap `+folder))
	fmt.Fprint(w, "  zip callee.zip bootstrap\n"+
		"  aws lambda create-function --function-name NAME --runtime provided.al2023 --architectures arm64 --handler bootstrap --timeout 300 --memory-size 256 --zip-file fileb://callee.zip --role ROLE_ARN\n"+
		"  aws lambda create-event-source-mapping --function-name NAME --event-source-arn QUEUE_ARN --function-response-types ReportBatchItemFailures\n\n"+
		"the queue needs a visibility timeout of six times the function's, and a redrive policy: docs/deploy/aws.md has all commands\n")
}

// reportQueue says so if the queue of the module's programs cannot deliver to the callee.
func (s *synthesis) reportQueue(w io.Writer) {
	if slices.Equal(s.callee.Transports, []string{synth.SQS}) {
		fmt.Fprintln(w, "\nthe module's programs use SQS, which does not deliver to such a callee (generate with --for=lambda or --for=pull)")
	}
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
	fmt.Fprintf(w, "  %s   # serves the callee at localhost:8080\n", steps.command("run", "./"+synth.LocalDir))
	if steps.needsWorkspace {
		fmt.Fprintln(w, "\nthe module imports modules of the workspace, but Cloud Functions deploys the folder alone (generate with --own-module to deploy it)")
		return
	}
	runtime, newer := s.runtime()
	fmt.Fprintf(w, "  gcloud functions deploy NAME --gen2 --runtime=%s --source=%s --entry-point=%s --trigger-topic=TOPIC --retry\n", runtime, dir, s.callee.Target)
	if newer {
		fmt.Fprintf(w, "\ngo.mod determines the runtime. If gcloud functions runtimes list does not have %s yet, lower the go line of go.mod, or deploy to Cloud Run (generate --for=push)\n", runtime)
	}
}

// vetCommand returns the command that runs dispatchvet. It is a go command if go.mod
// lists dispatchvet as a tool. It fails if dispatchvet is missing, unlike go vet with
// -vettool=$(which dispatchvet).
func (s *synthesis) vetCommand() string {
	if f, err := s.goMod(); err == nil && slices.ContainsFunc(f.Tool, func(t *modfile.Tool) bool { return t.Path == vetPath }) {
		return "go tool dispatchvet"
	}
	return "dispatchvet"
}

// The Go versions that Cloud Functions has, as far as this program knows. The runtime
// requires the oldest.
const oldestGo, newestGo = "go1.26", "go1.27"

// runtime returns the runtime of Cloud Functions that builds the module: the version in
// its go.mod. Newer reports that Cloud Functions may not have it yet.
func (s *synthesis) runtime() (name string, newer bool) {
	lang := oldestGo
	if f, err := s.goMod(); err == nil && f.Go != nil {
		if v := version.Lang("go" + f.Go.Version); version.Compare(v, oldestGo) > 0 {
			lang = v
		}
	}
	return strings.ReplaceAll(lang, ".", ""), version.Compare(lang, newestGo) > 0
}

const vetPath = registration.RuntimeModule + "/cmd/dispatchvet"
