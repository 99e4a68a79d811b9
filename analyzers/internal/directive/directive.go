// Package directive reads the comments by which code talks to the checks:
//
//	//dispatch:ignore CHECK REASON
//	//dispatch:serves PATTERN …
//
// The first silences a check on its line and the next.
package directive

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"
)

// Checks are the names of the suite's analyzers; a test holds them equal.
var Checks = []string{"dispatchargs", "dispatchcall", "dispatchimport", "dispatchlocal", "dispatchregister"}

// A Directive is one comment that begins with //dispatch: and a word.
type Directive struct {
	Comment *ast.Comment
	Word    string // such as serves
	Args    string // what follows, without a remark behind //
}

// All returns the directives in f, by position.
func All(f *ast.File) []Directive {
	var out []Directive
	for _, group := range f.Comments {
		for _, c := range group.List {
			if text, ok := strings.CutPrefix(c.Text, "//dispatch:"); ok {
				word, args, _ := strings.Cut(strings.ReplaceAll(text, "\t", " "), " ")
				args, _, _ = strings.Cut(args, "//")
				out = append(out, Directive{c, word, strings.TrimSpace(args)})
			}
		}
	}
	return out
}

// Silencing returns the function of an analyzer that runs run, but drops what
// directives silence, and reports those that silence nothing. It does nothing in
// packages that have nothing to do with the runtime.
func Silencing(run func(*analysis.Pass) (any, error)) func(*analysis.Pass) (any, error) {
	return func(pass *analysis.Pass) (any, error) {
		for _, result := range pass.ResultOf { // the model's
			if m, ok := result.(interface{ ReachesRuntime() bool }); ok && !m.ReachesRuntime() {
				return nil, nil
			}
		}
		ignores := ignoresOf(pass)
		inner := *pass
		inner.Report = func(d analysis.Diagnostic) {
			if !silence(ignores, pass.Fset.Position(d.Pos)) {
				pass.Report(d)
			}
		}
		result, err := run(&inner)
		for _, i := range ignores {
			if !i.used {
				pass.ReportRangef(i.comment, "//dispatch:ignore %s silences nothing here (delete it)", pass.Analyzer.Name)
			}
		}
		return result, err
	}
}

// An ignore is a directive for the analyzer that runs.
type ignore struct {
	comment *ast.Comment
	token.Position
	used bool
}

// ignoresOf returns the directives for the analyzer of the pass, and reports
// those without a reason, which silence nothing.
func ignoresOf(pass *analysis.Pass) []*ignore {
	var out []*ignore
	for _, f := range pass.Files {
		for _, d := range All(f) {
			check, reason, _ := strings.Cut(d.Args, " ")
			switch {
			case d.Word != "ignore" || check != pass.Analyzer.Name:
			case reason == "":
				pass.ReportRangef(d.Comment, "//dispatch:ignore %s has no reason: it silences nothing (add a reason after the check's name)", check)
			default:
				out = append(out, &ignore{comment: d.Comment, Position: pass.Fset.Position(d.Comment.Pos())})
			}
		}
	}
	return out
}

// silence reports whether a directive stands on the line of p or above it.
func silence(ignores []*ignore, p token.Position) bool {
	silent := false
	for _, i := range ignores {
		if i.Filename == p.Filename && (i.Line == p.Line || i.Line == p.Line-1) {
			i.used, silent = true, true
		}
	}
	return silent
}

// Check reports directives that nobody reads.
func Check(pass *analysis.Pass) {
	for _, f := range pass.Files {
		for _, d := range All(f) {
			if why := wrong(d); why != "" {
				pass.ReportRangef(d.Comment, "%s", why)
			}
		}
	}
}

// wrong says what is wrong with a directive, but for what the check that it
// names says.
func wrong(d Directive) string {
	switch d.Word {
	case "serves":
		if d.Args == "" {
			return "//dispatch:serves names no packages (add patterns such as ./mail/..., or delete it)"
		}
	case "ignore":
		if check, _, _ := strings.Cut(d.Args, " "); !slices.Contains(Checks, check) {
			return fmt.Sprintf("//dispatch:ignore names an unknown check %q (write //dispatch:ignore CHECK REASON, where CHECK is one of %s)", check, strings.Join(Checks, ", "))
		}
	default:
		return fmt.Sprintf("//dispatch:%s is not a directive (write //dispatch:ignore or //dispatch:serves)", d.Word)
	}
	return ""
}
