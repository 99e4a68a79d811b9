// Package report prints diagnostics: as text, with the code if wanted, as JSON, and
// as SARIF.
package report

import (
	"go/token"

	"golang.org/x/tools/go/analysis"
)

// A Tree is the output of -json: for each package and analyzer, a list of
// diagnostics or an error. It has the form of go vet and x/tools, and in addition
// the URL of the page that explains each diagnostic.
type Tree map[string]map[string]any

// Add adds the diagnostics of an analyzer on a package.
func (t Tree) Add(pkg string, a *analysis.Analyzer, fset *token.FileSet, ds []analysis.Diagnostic) {
	var out []diagnostic
	for _, d := range ds {
		o := diagnostic{place: placeOf(fset, d.Pos, d.End), Category: d.Category, Message: d.Message, URL: d.URL}
		if o.URL == "" {
			o.URL = a.URL
		}
		for _, r := range d.Related {
			o.Related = append(o.Related, related{placeOf(fset, r.Pos, r.End), r.Message})
		}
		for _, f := range d.SuggestedFixes {
			o.SuggestedFixes = append(o.SuggestedFixes, fix{f.Message, edits(fset, f.TextEdits)})
		}
		out = append(out, o)
	}
	if len(out) > 0 {
		t.set(pkg, a, out)
	}
}

// AddError adds the error of an analyzer on a package.
func (t Tree) AddError(pkg string, a *analysis.Analyzer, err error) {
	t.set(pkg, a, map[string]string{"error": err.Error()})
}

func (t Tree) set(pkg string, a *analysis.Analyzer, result any) {
	if t[pkg] == nil {
		t[pkg] = make(map[string]any)
	}
	t[pkg][a.Name] = result
}

type diagnostic struct {
	Category string `json:"category,omitempty"`
	place
	Message        string    `json:"message"`
	URL            string    `json:"url,omitempty"`
	SuggestedFixes []fix     `json:"suggested_fixes,omitempty"`
	Related        []related `json:"related,omitempty"`
}

type place struct {
	Posn string `json:"posn"`
	End  string `json:"end"`
}

type related struct {
	place
	Message string `json:"message"`
}

type fix struct {
	Message string `json:"message"`
	Edits   []edit `json:"edits"`
}

// An edit replaces the bytes of a file from start to end.
type edit struct {
	Filename string `json:"filename"`
	Start    int    `json:"start"`
	End      int    `json:"end"`
	New      string `json:"new"`
}

// placeOf returns the place from pos to end, or only pos if end is not valid.
func placeOf(fset *token.FileSet, pos, end token.Pos) place {
	if !end.IsValid() {
		end = pos
	}
	return place{fset.Position(pos).String(), fset.Position(end).String()}
}

// edits converts positions in the edits to byte offsets in their files.
func edits(fset *token.FileSet, in []analysis.TextEdit) []edit {
	var out []edit
	for _, e := range in {
		end := e.End
		if !end.IsValid() {
			end = e.Pos
		}
		start, stop := fset.PositionFor(e.Pos, false), fset.PositionFor(end, false)
		out = append(out, edit{start.Filename, start.Offset, stop.Offset, string(e.NewText)})
	}
	return out
}
