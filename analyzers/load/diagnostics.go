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
	wd, _ := os.Getwd() // relative names are a courtesy
	for _, act := range p.Graph.Roots {
		for _, d := range act.Diagnostics {
			pos := act.Package.Fset.Position(d.Pos)
			if rel, err := filepath.Rel(wd, pos.Filename); err == nil && !strings.HasPrefix(rel, "..") {
				pos.Filename = rel
			}
			all = append(all, diagnostic{pos, d.Message})
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
