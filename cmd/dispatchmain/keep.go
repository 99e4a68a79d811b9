package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/cloud-functions-dispatch/go/cmd/dispatchmain/internal/folder"
	"github.com/cloud-functions-dispatch/go/cmd/dispatchmain/internal/synth"
)

// An entrypoint is one that generate wrote before.
type entrypoint struct {
	file, name string // absolute, and relative to the root of the module
	request    *request
	err        error // why the request is not known
}

// keep completes r with the flags and packages of an entrypoint on disk, except for the
// given ones. It returns an error if r may be about several entrypoints.
func (r *request) keep(l *loader, given *pflag.FlagSet) error {
	e, err := r.existing(l, given)
	if e == nil || err != nil {
		return err
	}
	if e.err != nil {
		if !given.Changed("for") {
			return fmt.Errorf("%s %w (name its kind with --for, too)", e.name, e.err)
		}
		r.out = filepath.Dir(e.file)
		return nil
	}
	if given.Changed("own-module") && !r.own && e.request.own {
		return fmt.Errorf("%s is in a separate module (to write another kind of callee, delete %s, or name another folder with -o)", e.name, filepath.Dir(e.name))
	}
	kind := r.kind
	r.fill(l.root, e.request, given)
	if err := r.check(); err != nil && kind != r.kind {
		return fmt.Errorf("%w: %s was written with --for=%s", err, e.name, r.kind)
	}
	return nil
}

// fill copies flags and packages from old, except for the given ones. The names in old are
// relative to root.
func (r *request) fill(root string, old *request, given *pflag.FlagSet) {
	if !given.Changed("for") {
		r.kind = old.kind
	}
	if !given.Changed("out") && old.out != "" {
		r.out = filepath.Join(root, filepath.FromSlash(old.out))
	}
	if !given.Changed("tags") {
		r.tags = old.tags
	}
	if !given.Changed("ping") {
		r.ping = old.ping
	}
	if !given.Changed("transport") {
		r.transports = old.transports
	}
	if synth.Kind(r.kind) == synth.Functions && !given.Changed("target") {
		r.target = old.target
	}
	if synth.Kind(r.kind) == synth.Functions && !given.Changed("own-module") {
		r.own = old.own
	}
	if r.patterns != nil {
		return
	}
	for _, p := range old.patterns {
		if strings.HasPrefix(p, ".") {
			p = filepath.Join(root, filepath.FromSlash(p))
		}
		r.patterns = append(r.patterns, p)
	}
}

// existing returns the entrypoint that r changes: the one in the named folder, the only
// one, the only one of the named kind, or the one with the same command. It is nil if r
// adds an entrypoint.
func (r *request) existing(l *loader, given *pflag.FlagSet) (*entrypoint, error) {
	var all, fit []*entrypoint
	for _, file := range l.callees {
		e := &entrypoint{file: file, name: relative(l.root, file)}
		e.request, e.err = requestOf(file)
		all = append(all, e)
		if !given.Changed("for") || e.err == nil && e.request.kind == r.kind {
			fit = append(fit, e)
		}
	}
	dir := r.out
	if !given.Changed("out") {
		if len(fit) == 1 {
			return fit[0], nil
		}
		same := *r
		same.patterns = nil
		for _, p := range r.patterns {
			p, err := rootPattern("", l.root, p)
			if err != nil {
				return nil, err
			}
			same.patterns = append(same.patterns, p)
		}
		for _, e := range fit {
			if e.err == nil && reflect.DeepEqual(e.request, &same) {
				return e, nil
			}
		}
		if len(fit) > 1 {
			return nil, severalError(fit)
		}
		if synth.Kind(r.kind) == synth.Functions {
			return nil, nil // see folder.Find
		}
		dir = filepath.Join(l.root, folder.DefaultFolder)
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(e *entrypoint) bool { return filepath.Dir(e.file) == dir })
	if i < 0 {
		return nil, nil
	}
	return all[i], nil
}

// severalError says that a request may be about each of several entrypoints.
func severalError(all []*entrypoint) error {
	var lines []string
	for _, e := range all {
		line := "\t-o " + filepath.ToSlash(filepath.Dir(e.name))
		if e.err == nil {
			line += ", written with --for=" + e.request.kind
		}
		lines = append(lines, line)
	}
	return errors.New("the module has several entrypoints, so name the folder of one (or of a new one), or run generate without flags and packages to update all:\n" + strings.Join(lines, "\n"))
}
