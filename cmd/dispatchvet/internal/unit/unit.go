package unit

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/scanner"
	"go/types"
	"io"
	"os"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/unitchecker"

	"github.com/cloud-functions-dispatch/go/cmd/dispatchvet/internal/idle"
	"github.com/cloud-functions-dispatch/go/cmd/dispatchvet/internal/report"
)

// A Mode determines how diagnostics are handled. By default they are printed as
// text to stderr.
type Mode struct {
	JSON bool // print them to stdout as JSON, in the form that go vet reads
	Fix  bool // apply the suggested fixes instead
	Diff bool // with Fix, print the changes instead of applying them
}

// Run analyzes the unit that the .cfg file describes and returns the exit code
// for the go command.
func Run(filename string, analyzers []*analysis.Analyzer, mode Mode) int {
	cfg := new(Config)
	if err := idle.Read(filename, cfg); err != nil {
		return fail(err)
	}
	if !cfg.HasExportData() {
		// This is not the go command as we know it. unitchecker works without
		// export data, but lets the go command cache every unit.
		fmt.Fprintln(os.Stderr, "dispatchvet: no export data in "+filename+": the results of dispatchimport and dispatchlocal may be stale")
		unitchecker.Run(filename, analyzers)
	}
	if err := analysis.Validate(analyzers); err != nil {
		return fail(err)
	}
	registerFacts(analyzers)
	switch err := run(cfg, analyzers, mode); {
	case err == errReported:
		return 1
	case err != nil && cfg.VetxOnly:
		return 1 // the compiler reports the error
	case err != nil:
		return fail(err)
	}
	return 0
}

// errReported says that diagnostics were printed as text.
var errReported = errors.New("diagnostics were reported")

// fail prints err and returns the exit code. It leaves out the program's name if
// the error is in the user's code.
func fail(err error) int {
	switch err.(type) {
	case types.Error, *scanner.Error, scanner.ErrorList:
		fmt.Fprintln(os.Stderr, err)
	default:
		fmt.Fprintf(os.Stderr, "dispatchvet: %v\n", err)
	}
	return 1
}

// run analyzes the unit, reports diagnostics or applies fixes, and writes the unit's
// facts.
func run(cfg *Config, analyzers []*analysis.Analyzer, mode Mode) error {
	// Package idle has called Finish, and ended the program if it was done. Its error is
	// reported here.
	if done, err := cfg.Finish(); done || err != nil {
		return err
	}
	u, err := check(cfg)
	if err != nil {
		return err
	}
	var reported error
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
		if reported = handle(out, analyzers, mode); reported != nil && reported != errReported {
			return reported
		}
	}
	if u.isEntrypoint() {
		return reported // without facts, the go command does not cache the unit
	}
	if err := u.facts.write(cfg.VetxOutput); err != nil {
		return err
	}
	return reported
}

// report runs the analyzers and prints their diagnostics. If it prints one as text, it
// returns errReported.
func (u *unit) report(out io.Writer, analyzers []*analysis.Analyzer, mode Mode) error {
	var reported error
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
				reported = errReported
			}
		}
		if act.err != nil && !mode.JSON {
			return act.err
		}
	}
	if !mode.JSON {
		return reported
	}
	enc := json.NewEncoder(out)
	enc.SetIndent("", "\t")
	return enc.Encode(tree)
}
