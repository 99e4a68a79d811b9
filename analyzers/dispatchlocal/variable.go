package dispatchlocal

import (
	"fmt"
	"go/types"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/cloud-functions-dispatch/go/analyzers/flow"
	"github.com/cloud-functions-dispatch/go/analyzers/internal/check"
	"github.com/cloud-functions-dispatch/go/analyzers/load"
	"github.com/cloud-functions-dispatch/go/analyzers/process"
)

// checkProcesses compares the callee with its callers, and reports the differences at the
// entrypoint.
func checkProcesses(pass *analysis.Pass, at analysis.Range, served *load.Served) {
	m := process.Of(served, pass.Pkg.Path())
	if m == nil {
		return
	}
	missing := make(map[string]bool)
	for _, imp := range m.Imports() {
		missing[imp.Path] = true
		needs := "what it registers"
		if imp.Sets != "" {
			needs = imp.Sets + ", which it sets"
		}
		d := analysis.Diagnostic{
			Pos: at.Pos(), End: at.End(),
			Message: fmt.Sprintf("only %s imports %s, but %s in this callee needs %s (import _ %q here, or in the package of the function)", imp.Caller, imp.Path, imp.For, needs, imp.Path),
		}
		if load.Importable(imp.Path, pass.Pkg.Path()) {
			d.SuggestedFixes = []analysis.SuggestedFix{check.ImportFix(pass, at.Pos(), imp.Path)}
		}
		pass.Report(d)
	}
	for _, u := range m.Unset() {
		if !missing[u.Import] {
			reportUnset(pass, at, u)
		}
	}
	for _, u := range m.Unseen() {
		pass.ReportRangef(at, "%s is set by %s, which runs in this callee, but read only by the main of %s: the caller never sees the change (store it where both can read it, or send it in another call)", u.Path, u.Writer, u.Reader)
	}
}

func reportUnset(pass *analysis.Pass, at analysis.Range, u process.Unset) {
	if u.IsVariable() {
		pass.ReportRangef(at, "%s is set only by the main of %s, but read by %s, which runs in this callee, where it %s (set it in dispatch.OnStart, or pass it as an argument)", u.Path, u.Setter, u.Reader, has(u.Harm))
		return
	}
	pass.ReportRangef(at, "%s is set only by the main of %s, but read by %s, which runs in this callee, where it is not set (%s)", u.Path, u.Setter, u.Reader, remedy(u.Path))
}

// remedy returns the cure for a context value or an environment variable.
func remedy(p flow.Path) string {
	if strings.HasPrefix(p.Root, "environment") {
		return "set it where the callee is deployed, or pass it as an argument"
	}
	return "pass it as an argument, and put it into the context in the function"
}

// has describes the value of an unset variable.
func has(h *flow.Harm) string {
	if strings.HasSuffix(h.Sub, "[]") {
		return "lacks what the caller adds"
	}
	switch t := h.Type.Underlying().(type) {
	case *types.Basic:
		switch info := t.Info(); {
		case info&types.IsString != 0:
			return `is ""`
		case info&types.IsBoolean != 0:
			return "is false"
		}
		return "is 0"
	case *types.Struct, *types.Array:
		return "has its zero value"
	}
	return "is nil"
}
