package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/cloud-functions-dispatch/go/cmd/dispatchmain/internal/synth"
	"github.com/cloud-functions-dispatch/go/cmd/dispatchmain/internal/target"
)

// compare says how an entrypoint on disk, and what was written with it, differ
// from what its command would write.
func compare(ctx context.Context, m target.Module, file string) (*synthesis, []string, error) {
	name := relative(m.Dir, file)
	r, err := requestOf(file)
	if err != nil {
		return nil, []string{name + " " + err.Error()}, nil
	}
	s, err := synthesize(ctx, m.Dir, r)
	if err != nil {
		return nil, nil, err
	}
	d, err := s.differences(filepath.Dir(name))
	return s, d, err
}

// differences says how the files on disk differ from those of s, under names
// that begin with dir.
func (s *synthesis) differences(dir string) ([]string, error) {
	var out []string
	differs := func(file, how string) {
		out = append(out, fmt.Sprintf("%s is not what generate writes (in the root of the module, run dispatchmain %s)%s", filepath.Join(dir, filepath.FromSlash(file)), s.callee.Command, how))
	}
	for _, file := range slices.Sorted(maps.Keys(s.files)) {
		got, err := os.ReadFile(filepath.Join(s.target.Dir, filepath.FromSlash(file)))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		switch want := s.files[file]; {
		case file == "go.sum": // which go mod tidy changes
		case file == "go.mod":
			if how := onlyIn(target.ModLines(got), target.ModLines(want)); how != "" {
				differs(file, how)
			}
		case !bytes.Equal(got, want):
			differs(file, changes(got, want))
		}
	}
	for _, file := range s.stale() {
		differs(file, ": it is there from another kind of callee")
	}
	return out, nil
}

// imports returns what an entrypoint imports; none if there is none.
func (s *synthesis) imports() []synth.Import {
	if s == nil {
		return nil
	}
	return s.callee.Imports
}

// requestOf returns what generate was asked for when it wrote an entrypoint.
func requestOf(file string) (*request, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	args, ok := synth.CommandOf(data)
	if !ok {
		return nil, errors.New("does not say which command wrote it (run that again: dispatchmain generate, with flags and packages)")
	}
	r, err := parseRequest(args)
	if err != nil {
		return nil, fmt.Errorf("was not written by dispatchmain %s: %w (run dispatchmain generate again, with flags and packages)", strings.Join(args, " "), err)
	}
	return r, nil
}

// parseRequest reads the arguments of a command that generate wrote down.
func parseRequest(args []string) (*request, error) {
	r := new(request)
	f := pflag.NewFlagSet("generate", pflag.ContinueOnError)
	r.flags(f)
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	if f.NArg() < 2 || f.Arg(0) != "generate" {
		return nil, errors.New("it is not a command to generate")
	}
	r.patterns = f.Args()[1:]
	return r, r.check()
}

// changes lists the lines that only one of two files has.
func changes(got, want []byte) string {
	return onlyIn(slices.Collect(strings.Lines(string(got))), slices.Collect(strings.Lines(string(want))))
}

// onlyIn lists what only one of two lists has, on a line each.
func onlyIn(got, want []string) string {
	var b strings.Builder
	only := func(mark string, a, other []string) {
		for _, line := range a {
			if !slices.Contains(other, line) {
				b.WriteString("\n" + mark + strings.TrimRight(line, "\n"))
			}
		}
	}
	only("-", got, want)
	only("+", want, got)
	return b.String()
}
