// Package load loads the packages of a module that reach the runtime, and runs
// analyzers over them.
//
// A package reaches the runtime if it imports it, directly or not. Only such
// packages are parsed. The types of all others come from the compiler's export data.
// A package that does not reach the runtime registers nothing, so nothing is missed.
//
// The package is for the checks and commands of this module. It is public only because
// they have different parents; it promises no compatibility.
package load

import (
	"cmp"
	"context"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/checker"
	"golang.org/x/tools/go/packages"

	"github.com/cloud-functions-dispatch/go/analyzers/internal/dispatchapi"
	"github.com/cloud-functions-dispatch/go/analyzers/registration"
)

// Config configures Load.
type Config struct {
	Dir        string   // of the go command; empty is the working folder
	Env        []string // of the go command; nil is the environment of the process
	BuildFlags []string // such as -tags=x
	Tests      bool     // also load the test variants of packages
	Imports    bool     // also report on packages that the matching ones import
	Local      bool     // also parse on-disk dependencies of packages that reach the runtime

	// Overlay replaces the content of files on disk.
	Overlay map[string][]byte
}

// A Program holds the loaded packages.
type Program struct {
	// Packages are the packages that match the patterns, as the go command
	// lists them: names, imports, modules, errors, no syntax.
	Packages []*packages.Package

	// Graph holds the actions of the analyzers on the packages that reach the
	// runtime. Its roots are the actions to report on. It is nil if no package
	// reaches the runtime.
	Graph *checker.Graph

	fset   *token.FileSet
	loaded []*packages.Package
	all    map[string]*packages.Package // by ID
	reach  []string                     // paths, sorted
	syntax []*packages.Package
	models map[string]*registration.Result
	broken map[string]*packages.Package
}

const listMode = packages.NeedName | packages.NeedFiles | packages.NeedImports | packages.NeedDeps | packages.NeedModule | packages.NeedForTest

// Load loads the packages that match patterns, and runs the analyzers over the
// packages that reach the runtime. It returns an error if the go command cannot list
// packages, or if ctx is done. Errors in packages are part of the program instead.
func Load(ctx context.Context, cfg *Config, analyzers []*analysis.Analyzer, patterns ...string) (*Program, error) {
	env, buildFlags := moveModFile(cfg.Env, cfg.BuildFlags)
	conf := packages.Config{Context: ctx, Mode: listMode, Dir: cfg.Dir, Env: env, BuildFlags: buildFlags, Tests: cfg.Tests}
	removeOverlay, err := setOverlay(&conf, cfg.Overlay)
	if err != nil {
		return nil, err
	}
	defer removeOverlay()
	listed, err := packages.Load(&conf, patterns...)
	if err != nil {
		return nil, goError(err)
	}
	p := &Program{
		Packages: listed,
		fset:     token.NewFileSet(),
		all:      make(map[string]*packages.Package),
		models:   make(map[string]*registration.Result),
		broken:   make(map[string]*packages.Package),
	}
	packages.Visit(listed, nil, func(pkg *packages.Package) {
		p.all[pkg.ID] = pkg
		for i, e := range pkg.Errors {
			pkg.Errors[i].Pos = relativeTo(cfg.Dir, e.Pos)
		}
	})
	reaching := p.reaching()
	if len(reaching) == 0 {
		return p, nil
	}
	p.reach = reaching
	if cfg.Local {
		reaching = p.withLocal(reaching)
	}
	conf.Mode, conf.Fset = packages.LoadSyntax|packages.NeedModule, p.fset
	loaded, err := packages.Load(&conf, reaching...)
	if err != nil {
		return nil, goError(err)
	}
	if err := checkLoaded(&conf, loaded, reaching); err != nil {
		return nil, err
	}
	for _, pkg := range loaded {
		for i, err := range pkg.Errors {
			pkg.Errors[i].Msg += OutdatedHint(err.Msg)
		}
	}
	p.loaded = p.prune(loaded)
	if err := p.analyze(analyzers); err != nil {
		return nil, err
	}
	if !cfg.Imports {
		p.reportOnMatching()
	}
	return p, nil
}

// reaching returns the import paths of the packages that reach the runtime, themselves or
// in their tests.
func (p *Program) reaching() []string {
	memo := make(map[*packages.Package]bool)
	var reaches func(pkg *packages.Package) bool
	reaches = func(pkg *packages.Package) bool {
		r, ok := memo[pkg]
		if !ok {
			r = dispatchapi.IsMarker(pkg.PkgPath)
			for _, imp := range pkg.Imports {
				r = reaches(imp) || r
			}
			memo[pkg] = r
		}
		return r
	}
	var paths []string
	for _, pkg := range p.all {
		if path := cmp.Or(pkg.ForTest, pkg.PkgPath); reaches(pkg) && !dispatchapi.IsMarker(path) && !dispatchapi.IsTransport(path) && !isTestMain(pkg) {
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

// withLocal returns paths and the packages that they import from modules on disk.
func (p *Program) withLocal(paths []string) []string {
	local := make(map[string]bool)
	var visit func(pkg *packages.Package)
	visit = func(pkg *packages.Package) {
		if pkg == nil || local[pkg.PkgPath] || pkg.Module == nil || dispatchapi.IsRuntime(pkg.PkgPath) || ModuleDir(pkg.Module, "") == "" {
			return
		}
		local[pkg.PkgPath] = true
		for _, imp := range pkg.Imports {
			visit(imp)
		}
	}
	for _, path := range paths {
		visit(p.all[path])
		local[path] = true
	}
	return slices.Sorted(maps.Keys(local))
}

// Syntax returns the packages that were parsed, by import path.
func (p *Program) Syntax() []*packages.Package { return p.syntax }

// isTestMain reports whether pkg is the program that the go command generates for a
// package's tests: its source is in the build cache.
func isTestMain(pkg *packages.Package) bool {
	return pkg.Name == "main" && strings.HasSuffix(pkg.PkgPath, ".test") && len(pkg.GoFiles) == 1 && filepath.Dir(pkg.GoFiles[0]) != pkg.Dir
}

// prune keeps the packages that were listed, except for the programs that run tests, and
// removes imports that were not loaded from source: they have no facts.
func (p *Program) prune(loaded []*packages.Package) []*packages.Package {
	loaded = slices.DeleteFunc(loaded, func(pkg *packages.Package) bool { return p.all[pkg.ID] == nil || isTestMain(pkg) })
	root := make(map[*packages.Package]bool)
	for _, pkg := range loaded {
		root[pkg] = true
	}
	for _, pkg := range loaded {
		for path, imp := range pkg.Imports {
			if !root[imp] {
				delete(pkg.Imports, path)
			}
		}
	}
	return loaded
}

// analyze runs the analyzers, and sorts packages into models and broken ones.
func (p *Program) analyze(analyzers []*analysis.Analyzer) error {
	var err error
	roots := slices.Concat([]*analysis.Analyzer{registration.Analyzer}, analyzers)
	if p.Graph, err = checker.Analyze(roots, p.loaded, nil); err != nil {
		return err
	}
	for _, act := range p.Graph.Roots {
		if act.Analyzer != registration.Analyzer || act.Package.ForTest != "" {
			continue
		}
		_, reaches := slices.BinarySearch(p.reach, act.Package.PkgPath)
		if act.Err != nil {
			if reaches {
				p.broken[act.Package.PkgPath] = act.Package
			}
			continue
		}
		p.syntax = append(p.syntax, act.Package)
		if reaches {
			p.models[act.Package.PkgPath] = act.Result.(*registration.Result)
		}
	}
	slices.SortFunc(p.syntax, cmpPath)
	return nil
}

// reportOnMatching removes from the roots the packages that were analyzed only for
// their facts.
func (p *Program) reportOnMatching() {
	matched := make(map[string]bool)
	for _, pkg := range p.Packages {
		matched[pkg.ID] = true
	}
	p.Graph.Roots = slices.DeleteFunc(p.Graph.Roots, func(act *checker.Action) bool {
		act.IsRoot = matched[act.Package.ID]
		return !act.IsRoot
	})
}

// Model returns the registrations of the package with the given import path. It is
// nil if the package does not reach the runtime, or could not be analyzed.
func (p *Program) Model(path string) *registration.Result { return p.models[path] }

// Broken returns the packages that reach the runtime but could not be
// analyzed, since they or their imports do not compile, by import path.
func (p *Program) Broken() []*packages.Package {
	var broken []*packages.Package
	for _, pkg := range p.broken {
		broken = append(broken, pkg)
	}
	slices.SortFunc(broken, cmpPath)
	return broken
}

// Package returns the package that the go command lists for path, or nil.
func (p *Program) Package(path string) *packages.Package { return p.all[path] }

// Closure returns path and the import paths that it imports, directly or not.
func (p *Program) Closure(path string) map[string]bool {
	seen := make(map[string]bool)
	var visit func(pkg *packages.Package)
	visit = func(pkg *packages.Package) {
		if pkg == nil || seen[pkg.PkgPath] {
			return
		}
		seen[pkg.PkgPath] = true
		for _, imp := range pkg.Imports {
			visit(imp)
		}
	}
	visit(p.all[path])
	return seen
}

// Modules returns the modules of the packages, by path.
func (p *Program) Modules() []*packages.Module {
	modules := make(map[string]*packages.Module)
	for _, pkg := range p.all {
		if pkg.Module != nil {
			modules[pkg.Module.Path] = pkg.Module
		}
	}
	return slices.SortedFunc(maps.Values(modules), func(a, b *packages.Module) int { return cmp.Compare(a.Path, b.Path) })
}

// Replaced reports whether a package comes from another module on disk, so that the
// source of the main module alone cannot be built.
func (p *Program) Replaced() bool {
	for _, pkg := range p.all {
		if pkg.Module != nil && !pkg.Module.Main && ModuleDir(pkg.Module, "") != "" {
			return true
		}
	}
	return false
}

// Reaching returns the packages that reach the runtime and were analyzed, by
// import path.
func (p *Program) Reaching() []*packages.Package {
	var out []*packages.Package
	for path := range p.models {
		out = append(out, p.all[path])
	}
	slices.SortFunc(out, cmpPath)
	return out
}

// Registering returns the packages that register functions for others to call, by
// import path. A package of the runtime itself, such as ping, is included only if a
// package imports it that is not an entrypoint: entrypoints serve it on request.
func (p *Program) Registering() []*packages.Package {
	reaching := p.Reaching()
	used := func(path string) bool {
		return slices.ContainsFunc(reaching, func(pkg *packages.Package) bool {
			return pkg.Imports[path] != nil && !dispatchapi.IsRuntime(pkg.PkgPath) && len(p.models[pkg.PkgPath].Entrypoints) == 0
		})
	}
	return slices.DeleteFunc(slices.Clone(reaching), func(pkg *packages.Package) bool {
		return len(p.models[pkg.PkgPath].Own()) == 0 || dispatchapi.IsRuntime(pkg.PkgPath) && !used(pkg.PkgPath)
	})
}

// ModuleDir returns the folder of a module under development: a main module, a module
// of the workspace, or a module replaced by a folder. For others, such as modules in
// the module cache, it returns "". Relative replacements are relative to base, the
// folder of the main module.
func ModuleDir(m *packages.Module, base string) string {
	switch {
	case m == nil:
		return ""
	case m.Main:
		return m.Dir
	case m.Replace == nil || m.Replace.Version != "":
		return ""
	case filepath.IsAbs(m.Replace.Path):
		return m.Replace.Path
	default:
		return filepath.Join(base, m.Replace.Path)
	}
}

func cmpPath(a, b *packages.Package) int { return cmp.Compare(a.PkgPath, b.PkgPath) }
