package load

import (
	"cmp"
	"fmt"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"
)

// A Diagnostic is a diagnostic that an analyzer reports.
type Diagnostic struct {
	Start, End token.Position // with names relative to the working folder
	Message    string
	Analyzer   *analysis.Analyzer
}

func (d Diagnostic) String() string { return fmt.Sprintf("%s: %s", d.Start, d.Message) }

// Diagnostics returns the diagnostics of all packages, by position. Each occurs once,
// although a file may belong to several variants of a package.
func (p *Program) Diagnostics() []Diagnostic {
	if p.Graph == nil {
		return nil
	}
	var all []Diagnostic
	for _, act := range p.Graph.Roots {
		for _, d := range act.Diagnostics {
			end := d.End
			if !end.IsValid() {
				end = d.Pos
			}
			all = append(all, Diagnostic{p.Position(d.Pos), p.Position(end), d.Message, act.Analyzer})
		}
	}
	slices.SortFunc(all, func(a, b Diagnostic) int {
		return cmp.Or(cmp.Compare(a.Start.Filename, b.Start.Filename), cmp.Compare(a.Start.Offset, b.Start.Offset), cmp.Compare(a.Message, b.Message))
	})
	return slices.Compact(all)
}

// Position returns the position of pos, which is in a package of the graph, with
// a file name relative to the working folder.
func (p *Program) Position(pos token.Pos) token.Position {
	out := p.fset.Position(pos)
	wd, err := os.Getwd()
	if err != nil {
		return out // an absolute name will do
	}
	if rel, err := filepath.Rel(wd, out.Filename); err == nil && !strings.HasPrefix(rel, "..") {
		out.Filename = rel
	}
	return out
}
