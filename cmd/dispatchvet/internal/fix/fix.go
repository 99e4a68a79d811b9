// Package fix applies the fixes that diagnostics suggest.
//
// x/tools has this for its own drivers only. Here a fix is applied whole or not
// at all: one whose edits overlap with those of another waits for the next run.
package fix

import (
	"bytes"
	"cmp"
	"fmt"
	"go/ast"
	"go/format"
	"go/token"
	"io"
	"maps"
	"os"
	"slices"

	"github.com/rogpeppe/go-internal/diff"
	"golang.org/x/tools/go/analysis"
)

// A Set is the fixes to apply to some files. Its zero value is empty.
type Set struct {
	edits   map[string][]edit // by file, neither overlapping nor twice
	Left    int               // fixes that overlap with another, or are in generated code
	sources map[string][]byte
}

// An edit replaces the bytes from start to end.
type edit struct {
	start, end int
	text       string
}

// Add adds the first fix of each diagnostic. The files are those of the package
// with the diagnostics, which are read as they were parsed.
func (s *Set) Add(fset *token.FileSet, files []*ast.File, read func(string) ([]byte, error), ds []analysis.Diagnostic) error {
	generated := make(map[*token.File]bool)
	for _, f := range files {
		generated[fset.File(f.FileStart)] = ast.IsGenerated(f)
	}
	for _, d := range ds {
		if len(d.SuggestedFixes) == 0 {
			continue
		}
		byFile := make(map[string][]edit)
		ours := true
		for _, e := range d.SuggestedFixes[0].TextEdits {
			f := fset.File(e.Pos)
			ours = ours && !generated[f]
			end := cmp.Or(e.End, e.Pos)
			byFile[f.Name()] = append(byFile[f.Name()], edit{f.Offset(e.Pos), f.Offset(end), string(e.NewText)})
		}
		if !ours || !s.add(byFile) {
			s.Left++
			continue
		}
		for name := range byFile {
			if s.sources[name] != nil {
				continue
			}
			data, err := read(name)
			if err != nil {
				return err
			}
			if s.sources == nil {
				s.sources = make(map[string][]byte)
			}
			s.sources[name] = data
		}
	}
	return nil
}

// add adds the edits of one fix, or reports false if one overlaps with another's.
func (s *Set) add(byFile map[string][]edit) bool {
	for name, edits := range byFile {
		for _, e := range edits {
			if slices.ContainsFunc(s.edits[name], e.overlaps) {
				return false
			}
		}
	}
	if s.edits == nil {
		s.edits = make(map[string][]edit)
	}
	for name, edits := range byFile {
		for _, e := range edits {
			if !slices.Contains(s.edits[name], e) { // the same import, or a file in two packages
				s.edits[name] = append(s.edits[name], e)
			}
		}
	}
	return true
}

// overlaps reports whether e and f change the same bytes, each in another way.
// What two insert at one place does not overlap.
func (e edit) overlaps(f edit) bool {
	return e != f && e.start < f.end && f.start < e.end
}

// Files returns the names of the files that change, sorted.
func (s *Set) Files() []string { return slices.Sorted(maps.Keys(s.edits)) }

// Apply returns what becomes of a file, formatted. It returns an error if that
// would not be Go.
func (s *Set) Apply(name string) ([]byte, error) {
	edits := slices.Clone(s.edits[name])
	slices.SortStableFunc(edits, func(a, b edit) int { return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.end, b.end)) })
	var out bytes.Buffer
	src, at := s.sources[name], 0
	for _, e := range edits {
		if e.start < at || e.end > len(src) {
			return nil, fmt.Errorf("%s has changed since it was read", name)
		}
		out.Write(src[at:e.start])
		out.WriteString(e.text)
		at = e.end
	}
	out.Write(src[at:])
	formatted, err := format.Source(out.Bytes())
	if err != nil {
		return nil, fmt.Errorf("the fixes of %s do not fit together: %w", name, err)
	}
	return formatted, nil
}

// Write gives each file that changes to write.
func (s *Set) Write(write func(name string, data []byte) error) error {
	for _, name := range s.Files() {
		data, err := s.Apply(name)
		if err != nil {
			return err
		}
		if err := write(name, data); err != nil {
			return err
		}
	}
	return nil
}

// Rest says what of the fixes was left.
func (s *Set) Rest() string {
	return fmt.Sprintf("%d fixes are left: they overlap with others, or are in generated code (vet again, or run what generates it)", s.Left)
}

// WriteFile writes a file that is there.
func WriteFile(name string, data []byte) error { return os.WriteFile(name, data, 0o666) }

// Diff writes the changes to w, as a unified diff.
func (s *Set) Diff(w io.Writer) error {
	return s.Write(func(name string, data []byte) error {
		_, err := w.Write(diff.Diff(name+" (old)", s.sources[name], name+" (new)", data))
		return err
	})
}
