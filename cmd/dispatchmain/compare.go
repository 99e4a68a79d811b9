package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/cloud-functions-dispatch/go/cmd/dispatchmain/internal/folder"
	"github.com/cloud-functions-dispatch/go/cmd/dispatchmain/internal/synth"
)

// compare synthesizes an entrypoint again, from the command that it names, and lists
// the differences from the files on disk. The synthesis is nil if the command
// cannot be read.
func compare(ctx context.Context, l *loader, file string) (*synthesis, []string, error) {
	name := relative(l.root, file)
	r, err := requestOf(file)
	if err != nil {
		return nil, []string{name + " " + err.Error()}, nil
	}
	s, err := synthesize(ctx, l, l.root, r)
	if err != nil {
		return nil, nil, err
	}
	d, err := s.differences(filepath.Dir(name))
	return s, d, err
}

// differences lists the files on disk that differ from the files of s, by their names
// below dir, with the differences.
func (s *synthesis) differences(dir string) ([]string, error) {
	var out []string
	differs := func(file, how string) {
		out = append(out, fmt.Sprintf("%s is out of date (run dispatchmain %s in the root of the module)%s", filepath.Join(dir, filepath.FromSlash(file)), s.callee.Command, how))
	}
	for _, file := range slices.Sorted(maps.Keys(s.files)) {
		got, err := os.ReadFile(filepath.Join(s.folder.Dir, filepath.FromSlash(file)))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		got = folder.Normal(got)
		switch want := s.files[file]; {
		case file == "go.sum": // go mod tidy changes it
		case file == "go.mod":
			if how := diffLines(folder.ModLines(got), folder.ModLines(want)); how != "" {
				differs(file, how)
			}
		case !bytes.Equal(got, want):
			differs(file, diffText(got, want))
		}
	}
	for _, file := range s.stale() {
		differs(file, ": it is left over from another kind of callee")
	}
	return out, nil
}

// imports returns the packages that the entrypoint imports. A nil synthesis has
// none.
func (s *synthesis) imports() []synth.Import {
	if s == nil {
		return nil
	}
	return s.callee.Imports
}

// requestOf returns the request with which generate wrote an entrypoint.
func requestOf(file string) (*request, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	args, ok := synth.CommandOf(data)
	if !ok {
		return nil, errors.New("does not name the command that wrote it (run dispatchmain generate again, with its flags and packages)")
	}
	r, err := parseRequest(args)
	if err != nil {
		return nil, fmt.Errorf("names an invalid command, dispatchmain %s: %w (run dispatchmain generate again, with its flags and packages)", strings.Join(args, " "), err)
	}
	return r, nil
}

// parseRequest parses the command that generate has noted in an entrypoint.
func parseRequest(args []string) (*request, error) {
	r := new(request)
	f := pflag.NewFlagSet("generate", pflag.ContinueOnError)
	r.flags(f)
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	if f.NArg() < 2 || f.Arg(0) != "generate" {
		return nil, errors.New("it is not a generate command")
	}
	r.patterns = f.Args()[1:]
	return r, r.check()
}

// diffText lists the lines that only one of two files has.
func diffText(got, want []byte) string {
	diff := diffLines(slices.Collect(strings.Lines(string(got))), slices.Collect(strings.Lines(string(want))))
	return cmp.Or(diff, ": it has the same lines, but in another order or number")
}

// diffLines lists the lines that only one of two lists has, each marked with - if it
// is in got and with + if it is in want. A line that looks like one of the other list is
// quoted.
func diffLines(got, want []string) string {
	var b strings.Builder
	removed, added := without(got, want), without(want, got)
	print := func(mark string, lines, others []string) {
		for _, line := range lines {
			if slices.ContainsFunc(others, func(other string) bool { return slices.Equal(strings.Fields(line), strings.Fields(other)) }) {
				line = strconv.Quote(line)
			}
			b.WriteString("\n" + mark + strings.TrimRight(line, "\n"))
		}
	}
	print("-", removed, added)
	print("+", added, removed)
	return b.String()
}

// without returns the lines that are not among others.
func without(lines, others []string) []string {
	return slices.DeleteFunc(slices.Clone(lines), func(line string) bool { return slices.Contains(others, line) })
}
