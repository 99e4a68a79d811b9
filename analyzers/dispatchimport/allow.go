package dispatchimport

import (
	"cmp"
	"fmt"
	"go/ast"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/cloud-functions-dispatch/go/analyzers/registration"
)

// checkAllowed reports the names in entrypoint.Allow that no function has.
func (e *entrypoint) checkAllowed(d *demand) {
	if len(d.broken) > 0 {
		return // the names that they register are unknown
	}
	fns := slices.Concat(e.model.Union.Functions, d.functions)
	for _, a := range e.model.Allowed {
		if slices.ContainsFunc(fns, func(f registration.Function) bool { return f.Name == a.Name }) {
			continue
		}
		diag := analysis.Diagnostic{Pos: e.at.Pos(), End: e.at.End()}
		at := " at " + a.Pos
		if a.At != nil {
			diag.Pos, diag.End, at = a.At.Pos(), a.At.End(), ""
		}
		cure := "use the result of the function's method Name"
		if name := nearest(fns, a.Name); name != "" {
			cure = fmt.Sprintf("use %q", name)
			if lit, ok := a.At.(*ast.BasicLit); ok {
				edit := analysis.TextEdit{Pos: lit.Pos(), End: lit.End(), NewText: []byte(strconv.Quote(name))}
				diag.SuggestedFixes = []analysis.SuggestedFix{{Message: "Allow " + name, TextEdits: []analysis.TextEdit{edit}}}
			}
		}
		diag.Message = fmt.Sprintf("entrypoint.Allow%s has %q, which is no function's name: the calls that it stands for are refused (%s)", at, a.Name, cure)
		e.pass.Report(diag)
	}
}

// nearest returns the name of the function that the wrong name stands for, or "" if it
// is unclear.
func nearest(fns []registration.Function, wrong string) string {
	likeness := []func(f registration.Function) bool{
		func(f registration.Function) bool { return slices.Contains(f.Aliases, wrong) },
		func(f registration.Function) bool { return strings.HasSuffix(f.Name, "/"+wrong) },
		func(f registration.Function) bool { return f.Var == wrong || f.Func == wrong },
		func(f registration.Function) bool { return strings.EqualFold(lastOf(f.Name), lastOf(wrong)) },
		func(f registration.Function) bool { return strings.EqualFold(afterDot(f.Name), afterDot(wrong)) },
		func(f registration.Function) bool { return distance(f.Name, wrong) <= 2 },
	}
	for _, like := range likeness {
		var found []string
		for _, f := range fns {
			if like(f) {
				found = append(found, f.Name)
			}
		}
		slices.SortFunc(found, cmp.Compare[string])
		if found = slices.Compact(found); len(found) == 1 {
			return found[0]
		}
	}
	return ""
}

// lastOf returns the last element of a name: mail.send of example.com/app/mail.send.
func lastOf(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }

// afterDot returns the name of the function alone: send of example.com/app/mail.send.
func afterDot(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

// distance returns the number of bytes to insert, delete or replace that make a into b.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
