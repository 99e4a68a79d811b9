// Package directive reads the comments that give instructions to the checks:
//
//	//dispatch:ignore CHECK REASON
//	//dispatch:serves PATTERN …
//
// The first silences a check on its own line and the next. The second names the
// packages that an entrypoint serves.
package directive

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"
)

// Checks are the names of the suite's analyzers; a test compares the two.
var Checks = []string{"dispatchargs", "dispatchcall", "dispatchimport", "dispatchlocal", "dispatchregister"}

// A Directive is one comment that begins with //dispatch: and a word.
type Directive struct {
	Comment *ast.Comment
	Word    string // such as serves
	Args    string // the rest, without a trailing // comment
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

// Silencing calls run with a pass that drops the diagnostics that directives silence.
// Then it reports the directives that silence nothing.
func Silencing(pass *analysis.Pass, run func(*analysis.Pass)) {
	ignores := ignoresOf(pass)
	inner := *pass
	inner.Report = func(d analysis.Diagnostic) {
		if !silence(ignores, pass.Fset.Position(d.Pos)) {
			pass.Report(d)
		}
	}
	run(&inner)
	for _, i := range ignores {
		if !i.used {
			pass.ReportRangef(i.comment, "//dispatch:ignore %s silences nothing here (delete it)", pass.Analyzer.Name)
		}
	}
}

// An ignore is an ignore directive for the running analyzer.
type ignore struct {
	comment *ast.Comment
	token.Position
	used bool // whether it silenced a diagnostic
}

// ignoresOf returns the ignore directives for the analyzer of the pass. It reports
// directives without a reason, and leaves them out.
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

// silence reports whether a directive is on the line of p or the line above, and
// marks the directive as used.
func silence(ignores []*ignore, p token.Position) bool {
	silenced := false
	for _, i := range ignores {
		if i.Filename == p.Filename && (i.Line == p.Line || i.Line == p.Line-1) {
			i.used, silenced = true, true
		}
	}
	return silenced
}

// Check reports directives that have no effect: an unknown word or check, or
// //dispatch:serves without a pattern.
func Check(pass *analysis.Pass) {
	for _, f := range pass.Files {
		for _, d := range All(f) {
			if problem := problemWith(d); problem != "" {
				pass.ReportRangef(d.Comment, "%s", problem)
			}
		}
	}
}

// problemWith returns the problem with a directive, or "". Problems that the named
// check reports itself, such as a missing reason, are left out.
func problemWith(d Directive) string {
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
