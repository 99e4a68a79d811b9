package main

import (
	"context"
	"path/filepath"
	"strings"

	"golang.org/x/tools/go/packages"

	"github.com/cloud-functions-dispatch/go/analyzers"
	"github.com/cloud-functions-dispatch/go/analyzers/load"
	"github.com/cloud-functions-dispatch/go/cmd/dispatchmain/internal/synth"
)

// A loader loads the packages of a module once for all its entrypoints. It loads files of
// dispatchmain as if they were empty.
type loader struct {
	root     string   // of the module
	callees  []string // files of the entrypoints that dispatchmain wrote, as findCallees returns them
	overlay  map[string][]byte
	programs map[string]*load.Program // the whole module, by build tags
}

// newLoader returns a loader for the module that contains the working folder.
func newLoader(ctx context.Context) (*loader, error) {
	root, err := moduleRoot(ctx)
	if err != nil {
		return nil, err
	}
	callees, err := findCallees(root)
	if err != nil {
		return nil, err
	}
	return &loader{root: root, callees: callees, overlay: emptyFiles(callees), programs: make(map[string]*load.Program)}, nil
}

// config returns the configuration that loads packages with the given build tags.
func (l *loader) config(dir, tags string) *load.Config {
	cfg := &load.Config{Dir: dir, Local: true, Imports: true, Overlay: l.overlay} // a mistake in an import fails in the callee too
	if tags != "" {
		cfg.BuildFlags = []string{"-tags=" + tags}
	}
	return cfg
}

// module returns the whole module.
func (l *loader) module(ctx context.Context, tags string) (*load.Program, error) {
	if p := l.programs[tags]; p != nil {
		return p, nil
	}
	p, err := load.Load(ctx, l.config(l.root, tags), analyzers.OfRegistrations, "./...")
	if err == nil && l.emptyOrphans(p) {
		p, err = load.Load(ctx, l.config(l.root, tags), analyzers.OfRegistrations, "./...")
	}
	if err != nil {
		return nil, err
	}
	l.programs[tags] = p
	return p, nil
}

// emptyOrphans adds the programs dispatchlocal without an entrypoint to the overlay, and
// reports whether there are any: they do not compile.
func (l *loader) emptyOrphans(p *load.Program) bool {
	found := false
	for _, pkg := range p.Packages {
		for _, file := range pkg.GoFiles {
			if l.overlay[file] == nil && strings.HasSuffix(filepath.ToSlash(file), "/"+synth.LocalFile) {
				empty(l.overlay, file)
				found = found || l.overlay[file] != nil
			}
		}
	}
	return found
}

// load returns the packages that match patterns, which are relative to the folder dir, and
// the whole module.
func (l *loader) load(ctx context.Context, dir, tags string, patterns []string) (p, whole *load.Program, err error) {
	if whole, err = l.module(ctx, tags); err != nil {
		return nil, nil, err
	}
	matching, err := l.match(whole, dir, patterns)
	if err != nil {
		return nil, nil, err
	}
	if matching != nil {
		return whole.Part(matching), whole, nil
	}
	p, err = load.Load(ctx, l.config(dir, tags), analyzers.OfRegistrations, patterns...)
	return p, whole, err
}

// match returns the packages of the module that match patterns. It returns nil if only
// the go command can tell: a pattern matches no package of the module, or is not the name
// of a folder or of a package there.
func (l *loader) match(whole *load.Program, dir string, patterns []string) ([]*packages.Package, error) {
	if len(whole.Packages) == 0 || whole.Packages[0].Module == nil {
		return nil, nil
	}
	module := whole.Packages[0].Module.Path
	matches := make(map[*packages.Package]bool)
	for _, pattern := range patterns {
		pattern, err := rootPattern(dir, l.root, pattern)
		if err != nil {
			return nil, err
		}
		if first, _, _ := strings.Cut(pattern, "/"); first != "." && pattern != module && !strings.HasPrefix(pattern, module+"/") {
			return nil, nil
		}
		found := false
		match := load.Matcher(module, pattern)
		for _, pkg := range whole.Packages {
			if match(pkg.PkgPath) {
				found, matches[pkg] = true, true
			}
		}
		if !found {
			return nil, nil
		}
	}
	var out []*packages.Package
	for _, pkg := range whole.Packages {
		if matches[pkg] {
			out = append(out, pkg)
		}
	}
	return out, nil
}

// rootPattern returns a pattern, which is relative to the folder dir, relative to the
// root of the module. Import paths stay as they are.
func rootPattern(dir, root, pattern string) (string, error) {
	if !strings.HasPrefix(pattern, ".") && !filepath.IsAbs(pattern) {
		return pattern, nil
	}
	if !filepath.IsAbs(pattern) {
		pattern = filepath.Join(dir, pattern)
	}
	abs, err := filepath.Abs(pattern)
	if err != nil {
		return "", err
	}
	rel, err := filepath.Rel(root, abs)
	if err != nil {
		return "", err
	}
	if rel = filepath.ToSlash(rel); rel == "." {
		return rel, nil
	}
	return "./" + rel, nil
}
