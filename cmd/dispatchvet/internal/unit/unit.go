package unit

import (
	"encoding/json"
	"fmt"
	"go/scanner"
	"go/types"
	"io"
	"os"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/unitchecker"

	"github.com/cloud-functions-dispatch/go/cmd/dispatchvet/internal/report"
)

// A Mode says what becomes of diagnostics, which are printed as text to stderr
// by default.
type Mode struct {
	JSON bool // print them to stdout in the form that go vet reads
	Fix  bool // apply their fixes instead
	Diff bool // with Fix, print what that would change
}

// Run analyzes the unit that the .cfg file describes and returns the exit code
// for the go command.
func Run(filename string, analyzers []*analysis.Analyzer, mode Mode) int {
	cfg, err := readConfig(filename)
	if err != nil {
		return fail(err)
	}
	if len(cfg.PackageFile) == 0 && len(cfg.ImportMap) > 0 && !onlyUnsafe(cfg.ImportMap) {
		// Not the go command as we know it. unitchecker needs no export data,
		// but caches every unit.
		fmt.Fprintln(os.Stderr, "dispatchvet: no export data in "+filename+": what dispatchimport and dispatchlocal say may be stale")
		unitchecker.Run(filename, analyzers)
	}
	registerFacts(analyzers)
	if err := run(cfg, analyzers, mode); err != nil {
		if cfg.VetxOnly {
			return 1 // the compiler says what is wrong
		}
		return fail(err)
	}
	return exitCode
}

// exitCode is 1 after diagnostics were printed as text.
var exitCode int

// fail prints err, mistakes of the user's code without our name before them.
func fail(err error) int {
	switch err.(type) {
	case types.Error, *scanner.Error, scanner.ErrorList:
		fmt.Fprintln(os.Stderr, err)
	default:
		fmt.Fprintf(os.Stderr, "dispatchvet: %v\n", err)
	}
	return 1
}

func onlyUnsafe(imports map[string]string) bool {
	return len(imports) == 1 && imports["unsafe"] != ""
}

func run(cfg *Config, analyzers []*analysis.Analyzer, mode Mode) error {
	concerned, err := cfg.concerned()
	if err != nil {
		return err
	}
	if !concerned {
		// Empty facts say that there is nothing, here and below.
		return os.WriteFile(cfg.VetxOutput, nil, 0o666)
	}
	u, err := check(cfg)
	if err != nil {
		return err
	}
	if !cfg.VetxOnly {
		out := io.Writer(os.Stdout)
		if cfg.Stdout != "" {
			f, err := os.Create(cfg.Stdout)
			if err != nil {
				return err
			}
			defer f.Close()
			out = f
		}
		handle := u.report
		if mode.Fix {
			handle = u.fix
		}
		if err := handle(out, analyzers, mode); err != nil {
			return err
		}
	}
	if u.isEntrypoint() {
		return nil // without facts, the go command does not cache the unit
	}
	return u.facts.write(cfg.VetxOutput)
}

// report runs the analyzers and prints what they report.
func (u *unit) report(out io.Writer, analyzers []*analysis.Analyzer, mode Mode) error {
	tree := report.Tree{u.cfg.ID: {}}
	for _, a := range analyzers {
		act := u.run(a)
		if act.err != nil {
			tree.AddError(u.cfg.ID, a, act.err)
		} else {
			tree.Add(u.cfg.ID, a, u.fset, act.diagnostics)
		}
		for _, d := range act.diagnostics {
			if !mode.JSON {
				fmt.Fprintf(os.Stderr, "%v: %s\n", u.fset.Position(d.Pos), d.Message)
				exitCode = 1
			}
		}
		if act.err != nil && !mode.JSON {
			return act.err
		}
	}
	if !mode.JSON {
		return nil
	}
	enc := json.NewEncoder(out)
	enc.SetIndent("", "\t")
	return enc.Encode(tree)
}
