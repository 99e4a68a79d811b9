package unit

import (
	"encoding/json"
	"fmt"
	"go/scanner"
	"go/token"
	"go/types"
	"io"
	"os"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/unitchecker"
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
		fmt.Fprintln(os.Stderr, "dispatchvet: no export data in "+filename+": what dispatchimport says may be stale")
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
	tree := make(map[string]any)
	for _, a := range analyzers {
		act := u.run(a)
		if act.err != nil {
			tree[a.Name] = map[string]string{"error": act.err.Error()}
		} else if len(act.diagnostics) > 0 {
			tree[a.Name] = u.diagnostics(act.diagnostics)
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
	return enc.Encode(map[string]map[string]any{u.cfg.ID: tree})
}

// A diagnostic is the form in which the go command reads one.
type diagnostic struct {
	Category string        `json:"category,omitempty"`
	Posn     string        `json:"posn"`
	End      string        `json:"end"`
	Message  string        `json:"message"`
	Related  []*diagnostic `json:"related,omitempty"`
}

func (u *unit) diagnostics(ds []analysis.Diagnostic) []*diagnostic {
	var out []*diagnostic
	for _, d := range ds {
		o := u.diagnostic(d.Pos, d.End, d.Message)
		o.Category = d.Category
		for _, r := range d.Related {
			o.Related = append(o.Related, u.diagnostic(r.Pos, r.End, r.Message))
		}
		out = append(out, o)
	}
	return out
}

func (u *unit) diagnostic(pos, end token.Pos, message string) *diagnostic {
	if !end.IsValid() {
		end = pos
	}
	return &diagnostic{Posn: u.fset.Position(pos).String(), End: u.fset.Position(end).String(), Message: message}
}
