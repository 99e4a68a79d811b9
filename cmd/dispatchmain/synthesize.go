package main

import (
	"context"
	"fmt"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/cloud-functions-dispatch/go/analyzers/load"
	"github.com/cloud-functions-dispatch/go/cmd/dispatchmain/internal/folder"
	"github.com/cloud-functions-dispatch/go/cmd/dispatchmain/internal/synth"
)

const defaultTarget = "Dispatch"

// A request holds the flags and packages of a generate command.
type request struct {
	kind, out, target, tags string
	own, ping               bool
	follows                 bool // the kind follows the transport: nothing else determines it
	transports              []string
	patterns                []string
}

// flags defines the flags of generate in f.
func (r *request) flags(f *pflag.FlagSet) {
	f.StringVar(&r.kind, "for", string(synth.Functions), "how calls are delivered: functions (Cloud Functions), push, pull or lambda (AWS Lambda, the default for a module that uses only SQS)")
	f.StringVarP(&r.out, "out", "o", "", "folder of the entrypoint (default callee; for functions, the root of the module unless it holds package main)")
	f.BoolVar(&r.own, "own-module", false, "make the folder a separate module (functions only)")
	f.StringVar(&r.target, "target", defaultTarget, "name of the function, for gcloud's --entry-point (functions only)")
	f.StringVar(&r.tags, "tags", "", "build tags, as for go build")
	f.StringSliceVar(&r.transports, "transport", nil, "transports of the callee, such as sqs (default those that the module's programs import)")
	f.BoolVar(&r.ping, "ping", false, "also serve package ping, which has functions to test a deployment")
}

// check returns an error if no entrypoint can be made for r.
func (r *request) check() error {
	switch {
	case !slices.Contains(synth.Kinds, synth.Kind(r.kind)):
		return fmt.Errorf("--for=%s is unknown (give %s)", r.kind, strings.Join(synth.KindNames(), ", "))
	case !token.IsIdentifier(r.target):
		return fmt.Errorf("target %q cannot be the name of a Cloud Function (give an identifier, such as %s)", r.target, defaultTarget)
	case synth.Kind(r.kind) != synth.Functions && (r.own || r.target != defaultTarget):
		return fmt.Errorf("--target and --own-module are only for Cloud Functions (leave them out with --for=%s)", r.kind)
	}
	for _, name := range r.transports {
		switch path, err := synth.TransportPath(name); {
		case err != nil:
			return err
		case synth.Kind(r.kind) == synth.Pull && synth.IsPushOnly(path):
			return fmt.Errorf("--transport=%s: a worker cannot pull from it (give gcppubsub or sqs, or leave --transport out)", name)
		}
	}
	return nil
}

// command returns the arguments that make the same request in the root of module m.
func (r *request) command(m folder.Module, t *folder.Folder, patterns []string) string {
	c := []string{"generate"}
	if synth.Kind(r.kind) != synth.Functions {
		c = append(c, "--for="+r.kind)
	}
	if rel, err := filepath.Rel(m.Dir, t.Dir); err == nil && (rel != "." || synth.Kind(r.kind) != synth.Functions) {
		c = append(c, "-o", filepath.ToSlash(rel))
	}
	if t.Own {
		c = append(c, "--own-module")
	}
	if r.target != defaultTarget {
		c = append(c, "--target="+r.target)
	}
	if r.tags != "" {
		c = append(c, "--tags="+strings.Join(strings.Fields(r.tags), ",")) // CommandOf splits the command at spaces
	}
	if r.ping {
		c = append(c, "--ping")
	}
	if len(r.transports) > 0 {
		c = append(c, "--transport="+strings.Join(r.transports, ","))
	}
	if patterns == nil {
		patterns = []string{"./..."}
	}
	return strings.Join(append(c, patterns...), " ")
}

// A synthesis is an entrypoint that is not written to disk yet.
type synthesis struct {
	program *load.Program
	module  folder.Module
	folder  *folder.Folder
	callee  *synth.Callee
	files   map[string][]byte
	build   *load.Settings // of the module
	tags    string
}

// synthesize makes the entrypoint for r. Names in r are relative to the folder dir,
// or to the working folder if dir is empty.
func synthesize(ctx context.Context, l *loader, dir string, r *request) (*synthesis, error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	out := r.out
	if out != "" && !filepath.IsAbs(out) {
		out = filepath.Join(dir, out)
	}
	s := &synthesis{tags: r.tags}
	var whole *load.Program
	var err error
	if s.build, err = load.ReadSettings(l.root, nil); err != nil {
		return nil, err
	}
	if s.program, whole, err = l.load(ctx, dir, r.tags, r.patterns); err != nil {
		return nil, err
	}
	if err := checkFunctions(s.program, r.patterns); err != nil {
		return nil, err
	}
	if r.follows && slices.Equal(synth.TransportsOf(whole), []string{synth.SQS}) {
		r.kind = string(synth.Lambda)
	}
	if s.module, err = moduleOf(s.program); err != nil {
		return nil, err
	}
	if synth.Kind(r.kind) == synth.Functions {
		s.folder, err = folder.Find(s.module, out, r.own)
	} else {
		s.folder, err = folder.FindProgram(s.module, out)
	}
	if err == nil {
		s.callee, err = synth.New(s.program, s.folder.ImportPath)
	}
	if err != nil {
		return nil, userError(err)
	}
	if s.callee.Serves, err = serves(dir, s.module, s.folder, r.patterns); err != nil {
		return nil, err
	}
	if s.callee.Serves == nil {
		whole = s.program
	}
	s.callee.Kind = synth.Kind(r.kind)
	s.callee.AddEffects(whole) // the callers may be elsewhere in the module
	s.callee.AddTransports(whole, r.transports)
	return s, s.complete(r)
}

// complete sets the fields of the callee that r determines, and makes the files.
func (s *synthesis) complete(r *request) error {
	c := s.callee
	c.Package, c.Target = s.folder.Package, r.target
	var err error
	c.Command = r.command(s.module, s.folder, c.Serves)
	if r.ping {
		c.Ping()
	}
	if s.files, err = c.Files(); err != nil {
		return err
	}
	if err := s.folder.CheckNames(s.files[synth.EntrypointFile]); err != nil {
		return userError(err)
	}
	if s.folder.Own {
		mod, err := s.folder.ModFiles(s.module, s.build, s.program.Modules())
		if err != nil {
			return err
		}
		maps.Copy(s.files, mod)
	}
	return nil
}

// emptyFiles returns an overlay that empties the files that earlier runs wrote beside the
// given entrypoints, so that generating works even if they no longer compile.
func emptyFiles(callees []string) map[string][]byte {
	overlay := make(map[string][]byte)
	for _, file := range callees {
		empty(overlay, file)
		empty(overlay, filepath.Join(filepath.Dir(file), filepath.FromSlash(synth.LocalFile)))
	}
	return overlay
}

// empty adds a file to the overlay if dispatchmain wrote it.
func empty(overlay map[string][]byte, file string) {
	data, err := os.ReadFile(file)
	if err != nil || !folder.Written(data) {
		return
	}
	if clause := packageClause(data); clause != "" {
		if strings.HasSuffix(clause, " main") {
			clause += "\n\nfunc main() {}"
		}
		overlay[file] = []byte(clause + "\n")
	}
}

// packageClause returns the first line of data that begins with package.
func packageClause(data []byte) string {
	for line := range strings.Lines(string(data)) {
		if strings.HasPrefix(line, "package ") {
			return strings.TrimSpace(line)
		}
	}
	return ""
}

// serves returns the patterns for the entrypoint's //dispatch:serves directive,
// relative to the root of the module. There are none if the entrypoint serves the
// whole module.
func serves(dir string, m folder.Module, t *folder.Folder, patterns []string) ([]string, error) {
	var out []string
	for _, p := range patterns {
		p, err := rootPattern(dir, m.Dir, p)
		if err != nil {
			return nil, err
		}
		rel, relative := strings.CutPrefix(p, ".")
		switch {
		case p == "./...":
			return nil, nil
		case relative && t.Own:
			out = append(out, m.Path+rel)
		default:
			out = append(out, p)
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}
