// Package fix applies the fixes that diagnostics suggest.
//
// x/tools has this for its own drivers only. Here a fix is applied whole or not
// at all: if its edits overlap with another fix, it is left for the next run.
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

// A Set collects the fixes to apply to some files. Its zero value is empty and
// ready to use.
type Set struct {
	edits   map[string][]edit // by file, without overlaps and duplicates
	Left    int               // number of fixes that overlap with another fix or are in generated code
	sources map[string][]byte
}

// An edit replaces the bytes from start to end.
type edit struct {
	start, end int
	text       string
}

// Add adds the first fix of each diagnostic. The files are the syntax of the
// package that the diagnostics are about, and read returns the source that they
// were parsed from.
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
		editable := true
		for _, e := range d.SuggestedFixes[0].TextEdits {
			f := fset.File(e.Pos)
			editable = editable && !generated[f]
			end := cmp.Or(e.End, e.Pos)
			byFile[f.Name()] = append(byFile[f.Name()], edit{f.Offset(e.Pos), f.Offset(end), string(e.NewText)})
		}
		if !editable || !s.add(byFile) {
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

// add adds the edits of one fix. If one of them overlaps with another fix, it adds
// none and returns false.
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
			if !slices.Contains(s.edits[name], e) { // two fixes add the same import, or a file is in two packages
				s.edits[name] = append(s.edits[name], e)
			}
		}
	}
	return true
}

// overlaps reports whether e and f change the same bytes in different ways.
// Insertions at the same place do not overlap.
func (e edit) overlaps(f edit) bool {
	return e != f && e.start < f.end && f.start < e.end
}

// Files returns the names of the files that change, sorted.
func (s *Set) Files() []string { return slices.Sorted(maps.Keys(s.edits)) }

// Apply returns the fixed source of a file, formatted, with the line ends of the source.
// It returns an error if the result is not valid Go.
func (s *Set) Apply(name string) ([]byte, error) {
	edits := slices.Clone(s.edits[name])
	slices.SortStableFunc(edits, func(a, b edit) int { return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.end, b.end)) })
	var out bytes.Buffer
	src, copied := s.sources[name], 0
	for _, e := range edits {
		if e.start < copied || e.end > len(src) {
			return nil, fmt.Errorf("%s has changed since it was read", name)
		}
		out.Write(src[copied:e.start])
		out.WriteString(e.text)
		copied = e.end
	}
	out.Write(src[copied:])
	formatted, err := format.Source(out.Bytes())
	if err != nil {
		return nil, fmt.Errorf("the fixes make %s invalid: %w", name, err)
	}
	if first, _, _ := bytes.Cut(src, []byte("\n")); bytes.HasSuffix(first, []byte("\r")) { // format.Source removes them
		formatted = bytes.ReplaceAll(formatted, []byte("\n"), []byte("\r\n"))
	}
	return formatted, nil
}

// Write calls write for each file that changes, with its fixed source.
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

// Rest describes the fixes that were not applied.
func (s *Set) Rest() string {
	return fmt.Sprintf("fixes not applied: %d, because they overlap with other fixes or are in generated code (vet again, or run the generator)", s.Left)
}

// WriteFile overwrites an existing file.
func WriteFile(name string, data []byte) error { return os.WriteFile(name, data, 0o666) }

// Diff writes the changes to w, as a unified diff.
func (s *Set) Diff(w io.Writer) error {
	return s.Write(func(name string, data []byte) error {
		_, err := w.Write(diff.Diff(name+" (old)", s.sources[name], name+" (new)", data))
		return err
	})
}
