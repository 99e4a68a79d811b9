// Dispatchvet finds mistakes that would make a dispatched call fail in
// production, before anything is deployed.
//
//	dispatchvet ./...
//	go vet -vettool=DISPATCHVET ./...
//
// In go vet, DISPATCHVET is the path of the program. Do not write $(which dispatchvet)
// there in CI: if the program is missing, go vet runs its own checks and succeeds.
//
// It exits with 0 if it finds no mistake, 1 if it reports one (except with -json,
// -sarif and -fix), if -diff prints a change, or if a package does not compile,
// and 2 if it is used wrongly. dispatchvet help lists the checks.
package main

import (
	"crypto/sha256"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cloud-functions-dispatch/go/analyzers"
	"github.com/cloud-functions-dispatch/go/analyzers/dispatchargs"
	"github.com/cloud-functions-dispatch/go/analyzers/load"
	"github.com/cloud-functions-dispatch/go/cmd/dispatchvet/internal/unit"
	"github.com/cloud-functions-dispatch/go/cmd/internal/buildinfo"
)

const usage = `usage: dispatchvet [flags] [packages]
       dispatchvet help [check]
       dispatchvet version

For example:
  dispatchvet ./...
  go tool dispatchvet ./...          # if go.mod has it as a tool
  go tool dispatchvet -C callee ./... # the module in the folder callee
  go tool dispatchvet -fix ./...

Under go vet, which caches results: go vet -vettool=DISPATCHVET [packages], with the path
of the program.

`

func main() { os.Exit(run(os.Args[1:])) }

func run(args []string) int {
	flags := flag.NewFlagSet("dispatchvet", flag.ContinueOnError)
	version := flags.String("V", "", "print the version, for the go command")
	describe := flags.Bool("flags", false, "print the flags as JSON, for the go command")
	asJSON := flags.Bool("json", false, "print diagnostics as JSON")
	sarif := flags.Bool("sarif", false, "print diagnostics as a SARIF log (not under go vet)")
	contextLines := flags.Int("c", -1, "show the code of each diagnostic with `N` lines of context (not under go vet)")
	apply := flags.Bool("fix", false, "apply the first suggested fix of each diagnostic instead of printing the diagnostic")
	diff := flags.Bool("diff", false, "with -fix, print the changes as a diff instead of applying them")
	tests := flags.Bool("test", true, "analyze test files too (not under go vet)")
	flags.String("tags", "", "build tags, as for go build")
	flags.String("mod", "", "module download mode, as for go build")
	flags.String("modfile", "", "file to read in place of go.mod, as for go build")
	flags.String("overlay", "", "JSON file that replaces source files, as for go build")
	flags.BoolFunc(secretsFlag, "also report arguments that are named or tagged like secrets", func(value string) error {
		return dispatchargs.Analyzer.Flags.Set(dispatchargs.SecretsFlag, value)
	})
	dir := flags.String("C", "", "analyze the packages of the module in this `folder` (not under go vet)")
	showVersion := flags.Bool("version", false, "print the version and exit")
	flags.Usage = func() {
		fmt.Fprint(flags.Output(), usage)
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		if err == flag.ErrHelp {
			return 0
		}
		return 2
	}
	args = flags.Args()
	underGo := len(args) == 1 && strings.HasSuffix(args[0], ".cfg")
	buildFlags, err := goFlags(flags, underGo)
	if err != nil {
		return fail(err)
	}
	for _, a := range analyzers.OfModule {
		if err := a.Flags.Set(load.FlagName, load.BuildFlags(buildFlags).String()); err != nil {
			panic(err) // each of them has the flag
		}
	}
	mode := unit.Mode{JSON: *asJSON, Fix: *apply, Diff: *diff}
	if mode.Diff && !mode.Fix || mode.Fix && (mode.JSON || *sarif) || mode.JSON && *sarif {
		fmt.Fprintln(os.Stderr, "dispatchvet: -diff requires -fix, and -fix, -json and -sarif exclude each other")
		return 2
	}
	switch {
	case *version != "":
		return printVersion()
	case *describe:
		return describeFlags(flags)
	case *showVersion, len(args) == 1 && args[0] == "version":
		fmt.Println("dispatchvet", buildinfo.Version())
		return 0
	case len(args) > 0 && args[0] == "help":
		return help(args[1:])
	case underGo:
		return unit.Run(args[0], analyzers.Suite, mode)
	case len(args) == 0:
		flags.Usage()
		return 2
	}
	return standalone(args, options{mode, *dir, buildFlags, *tests, *sarif, *contextLines})
}

// secretsFlag is the name of the flag of dispatchargs, in the form that the go command
// gives to flags of analyzers.
const secretsFlag = "dispatchargs." + dispatchargs.SecretsFlag

// goFlags returns the flags with which a go command loads the same packages as
// the go command that runs dispatchvet. It leaves out placeholders such as
// <TagsFlag>, which the go command passes for a flag in GOFLAGS: the environment
// has that flag already.
func goFlags(flags *flag.FlagSet, underGo bool) ([]string, error) {
	var out []string
	flags.Visit(func(f *flag.Flag) {
		if value := f.Value.String(); slices.Contains(buildFlagNames, f.Name) && !strings.HasPrefix(value, "<") {
			out = append(out, "-"+f.Name+"="+value)
		}
	})
	wd, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	folders := []string{wd}
	if underGo {
		// The working folder is the package's. The go command itself may have been run in
		// any folder of the module, most often in its root.
		for root := wd; filepath.Dir(root) != root; root = filepath.Dir(root) {
			if _, err := os.Stat(filepath.Join(root, "go.mod")); err == nil {
				folders = []string{root, wd, filepath.Dir(wd)}
				break
			}
		}
	}
	return load.ResolveGOFLAGS(out, folders...)
}

// buildFlagNames are the flags that a go command needs to load the same packages.
var buildFlagNames = []string{"mod", "modfile", "overlay", "tags"}

// printVersion prints the hash of this program, in the form that the go command
// uses in its cache keys (cmd/internal/objabi.AddVersionFlag).
func printVersion() int {
	exe, err := os.Executable()
	if err != nil {
		return fail(err)
	}
	f, err := os.Open(exe)
	if err != nil {
		return fail(err)
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return fail(err)
	}
	fmt.Printf("%s version devel comments-go-here buildID=%02x\n", exe, h.Sum(nil))
	return 0
}

// describeFlags prints the flags that go vet accepts and passes on to dispatchvet.
func describeFlags(flags *flag.FlagSet) int {
	type description struct {
		Name  string
		Bool  bool
		Usage string
	}
	var out []description
	for _, name := range append([]string{secretsFlag, "json"}, buildFlagNames...) {
		f := flags.Lookup(name)
		b, ok := f.Value.(interface{ IsBoolFlag() bool })
		out = append(out, description{name, ok && b.IsBoolFlag(), f.Usage})
	}
	if err := json.NewEncoder(os.Stdout).Encode(out); err != nil {
		return fail(err)
	}
	return 0
}

// help prints the documentation of a check, or one line for each check.
func help(args []string) int {
	if len(args) == 0 {
		fmt.Print("dispatchvet finds mistakes that would make a dispatched call fail in production.\n\nChecks (dispatchvet help CHECK explains one):\n\n")
		for _, a := range analyzers.Suite {
			summary, _, _ := strings.Cut(a.Doc, "\n")
			fmt.Printf("    %-18s %s\n", a.Name, summary)
		}
		return 0
	}
	for _, a := range analyzers.Suite {
		if a.Name == args[0] {
			fmt.Printf("%s: %s\n\n%s\n", a.Name, a.Doc, a.URL)
			return 0
		}
	}
	fmt.Fprintf(os.Stderr, "dispatchvet: there is no check %q (run dispatchvet help for a list)\n", args[0])
	return 2
}

// fail prints err and returns the exit code.
func fail(err error) int {
	fmt.Fprintf(os.Stderr, "dispatchvet: %v\n", err)
	return 2
}
