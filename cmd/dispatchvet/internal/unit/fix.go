package unit

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/tools/go/analysis"

	"github.com/cloud-functions-dispatch/go/cmd/dispatchvet/internal/fix"
)

// fix runs the analyzers and applies the fixes that they suggest. The fixed files
// go to an archive, and the go command copies them from there when all units are
// done. With Diff, fix prints the changes to out instead.
func (u *unit) fix(out io.Writer, analyzers []*analysis.Analyzer, mode Mode) error {
	var s fix.Set
	for _, a := range analyzers {
		act := u.run(a)
		if act.err != nil {
			return act.err
		}
		if err := s.Add(u.fset, u.files, os.ReadFile, act.diagnostics); err != nil {
			return err
		}
	}
	if mode.Diff {
		return s.Diff(out)
	}
	if s.Left > 0 {
		fmt.Fprintf(os.Stderr, "dispatchvet: %s\n", s.Rest())
	}
	return u.archive(&s)
}

// archive writes the fixed files into the archive for the go command, or in place
// if the go command wants none.
func (u *unit) archive(s *fix.Set) (err error) {
	if u.cfg.FixArchive == "" {
		return s.Write(fix.WriteFile)
	}
	f, err := os.Create(u.cfg.FixArchive)
	if err != nil {
		return err
	}
	z := zip.NewWriter(f)
	err = s.Write(func(name string, data []byte) error {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write(data)
		}
		return err
	})
	return errors.Join(err, z.Close(), f.Close())
}
