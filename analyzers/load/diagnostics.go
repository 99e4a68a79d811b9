package load

import (
	"cmp"
	"fmt"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Diagnostics returns a line for each diagnostic, by position, relative to the
// working folder, and once each: a file may belong to several variants of a
// package.
func (p *Program) Diagnostics() []string {
	if p.Graph == nil {
		return nil
	}
	type diagnostic struct {
		token.Position
		message string
	}
	var all []diagnostic
	for _, act := range p.Graph.Roots {
		for _, d := range act.Diagnostics {
			all = append(all, diagnostic{p.Position(d.Pos), d.Message})
		}
	}
	slices.SortFunc(all, func(a, b diagnostic) int {
		return cmp.Or(cmp.Compare(a.Filename, b.Filename), cmp.Compare(a.Offset, b.Offset), cmp.Compare(a.message, b.message))
	})
	var lines []string
	for _, d := range slices.Compact(all) {
		lines = append(lines, fmt.Sprintf("%s: %s", d.Position, d.message))
	}
	return lines
}

// Position returns the position of pos, which is in a package of the graph, with
// a file name relative to the working folder.
func (p *Program) Position(pos token.Pos) token.Position {
	out := p.fset.Position(pos)
	wd, err := os.Getwd()
	if err != nil {
		return out // a relative name is a courtesy
	}
	if rel, err := filepath.Rel(wd, out.Filename); err == nil && !strings.HasPrefix(rel, "..") {
		out.Filename = rel
	}
	return out
}
