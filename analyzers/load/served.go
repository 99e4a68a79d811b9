package load

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/packages"

	"github.com/cloud-functions-dispatch/go/analyzers/internal/dispatchapi"
)

// Served holds the programs that an entrypoint may have to serve.
type Served struct {
	Self *Program // the package alone
	Own  *Program // its module

	// Others are the modules on disk from which the entrypoint imports registering
	// packages. They are loaded only if its own module registers nothing.
	Others []*Program

	// Required are the modules that the entrypoint's module requires by version and
	// imports, if the entrypoint imports registering packages from them. They are loaded
	// only if there are no Others. Packages that the go command cannot list here are left
	// out.
	Required []*Program
}

// ForEntrypoint loads the programs for the entrypoint with the given import path,
// which is in dir. It caches them for other entrypoints of the module and for other
// checks.
func ForEntrypoint(dir, path string, buildFlags []string) (*Served, error) {
	self, err := entrypoint(dir, path, buildFlags)
	if err != nil {
		return nil, err
	}
	pkg := self.Package(path)
	if pkg == nil || pkg.Module == nil || pkg.Module.Dir == "" {
		return nil, fmt.Errorf("package %s is not in a module", path)
	}
	s := &Served{Self: self}
	if s.Own, err = Module(pkg.Module.Dir, buildFlags); err != nil {
		return nil, err
	}
	if registersItself(s.Own, pkg.Module.Path) {
		return s, nil
	}
	registering := registeringModules(self, self.Closure(path), pkg.Module)
	for _, dir := range onDisk(registering, pkg.Module) {
		other, err := OtherModule(dir, buildFlags)
		if err != nil {
			return nil, err
		}
		s.Others = append(s.Others, other)
	}
	if len(s.Others) == 0 {
		for _, m := range importedModules(self, path, registering) {
			s.Required = append(s.Required, required(pkg.Module.Dir, m.Path, buildFlags)...)
		}
	}
	return s, nil
}

// entrypoint returns the package with the given import path, which is in dir. Its module
// must be loaded anyway, and usually has it.
func entrypoint(dir, path string, buildFlags []string) (*Program, error) {
	root := moduleRoot(dir)
	if root == "" {
		return list(dir, buildFlags, ".")
	}
	if own, err := Module(root, buildFlags); err == nil {
		if pkg := own.Package(path); pkg != nil && pkg.Module != nil && pkg.Module.Dir == root {
			return own.Part([]*packages.Package{pkg}), nil
		}
	}
	return list(dir, buildFlags, ".")
}

// required loads the packages of a module that the module in dir requires by version. A
// vendor folder has only some of its packages; the module cache may have all of them.
// Neither go.mod nor go.sum may change.
func required(dir, module string, buildFlags []string) []*Program {
	var programs []*Program
	for _, flag := range []string{"-mod=readonly", "-mod=vendor"} {
		if _, err := os.Stat(filepath.Join(dir, "vendor", "modules.txt")); err != nil && flag == "-mod=vendor" {
			continue
		}
		p, err := list(dir, append(slices.Clone(buildFlags), flag), module+"/...")
		if err == nil {
			programs = append(programs, p)
		}
	}
	return programs
}

// Module loads the packages of the module in dir, once per process.
func Module(dir string, buildFlags []string) (*Program, error) {
	return list(dir, buildFlags, "./...")
}

// OtherModule loads the packages of the module in dir, once per process, and runs the
// analyzers over them. buildFlags are for another module.
func OtherModule(dir string, buildFlags []string, analyzers ...*analysis.Analyzer) (*Program, error) {
	cfg, err := elsewhere(dir, buildFlags)
	if err != nil {
		return nil, err
	}
	cfg.Local = true
	p, err := listWith(cfg, "./...", analyzers...)
	if err == nil && len(p.Broken()) == 0 || os.Getenv("GOWORK") != "off" {
		return p, err
	}
	// A callee that is deployed alone is built with GOWORK=off. The application's module
	// may need its workspace.
	cfg.Env = append(os.Environ(), "GOWORK=")
	if inWork, werr := listWith(cfg, "./...", analyzers...); werr == nil && len(inWork.Broken()) == 0 {
		return inWork, nil
	}
	return p, err
}

// list loads the packages that match pattern in dir, once per process.
func list(dir string, buildFlags []string, pattern string) (*Program, error) {
	return listWith(&Config{Dir: dir, BuildFlags: buildFlags, Local: pattern != "."}, pattern)
}

// loaded caches the results of listWith, by its arguments.
var loaded sync.Map

// listWith loads the packages that match pattern, once per process.
func listWith(cfg *Config, pattern string, analyzers ...*analysis.Analyzer) (*Program, error) {
	key := strings.Join(slices.Concat([]string{cfg.Dir, pattern}, cfg.BuildFlags, cfg.Env, []string{fmt.Sprint(analyzers)}), "\n")
	once, _ := loaded.LoadOrStore(key, sync.OnceValues(func() (*Program, error) {
		return Load(context.Background(), cfg, analyzers, pattern)
	}))
	return once.(func() (*Program, error))()
}

// registersItself reports whether a package of the module registers functions.
func registersItself(p *Program, module string) bool {
	return slices.ContainsFunc(p.Reaching(), func(pkg *packages.Package) bool {
		return pkg.Module != nil && pkg.Module.Path == module && len(p.Model(pkg.PkgPath).Own()) > 0
	})
}

// registeringModules returns the modules, except main, that have a registering package
// in the closure, by path. The runtime's own module is left out: entrypoints serve its
// functions on request.
func registeringModules(p *Program, closure map[string]bool, main *packages.Module) []*packages.Module {
	modules := make(map[string]*packages.Module)
	for _, pkg := range p.Reaching() {
		if closure[pkg.PkgPath] && pkg.Module != nil && pkg.Module.Path != main.Path && len(p.Model(pkg.PkgPath).Own()) > 0 {
			modules[pkg.Module.Path] = pkg.Module
		}
	}
	delete(modules, dispatchapi.Module)
	var out []*packages.Module
	for _, path := range slices.Sorted(maps.Keys(modules)) {
		out = append(out, modules[path])
	}
	return out
}

// importedModules returns the modules that packages of the entrypoint's module import
// directly for the entrypoint. The others are libraries of these modules.
func importedModules(p *Program, path string, modules []*packages.Module) []*packages.Module {
	direct := make(map[string]bool)
	for own := range p.Closure(path) {
		if pkg := p.Package(own); pkg.Module != nil && pkg.Module.Path == p.Package(path).Module.Path {
			for _, imp := range pkg.Imports {
				if imp.Module != nil {
					direct[imp.Module.Path] = true
				}
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(modules), func(m *packages.Module) bool { return !direct[m.Path] })
}

// onDisk returns the folders of the modules that are under development.
func onDisk(modules []*packages.Module, main *packages.Module) []string {
	dirs := make(map[string]bool)
	for _, m := range modules {
		if dir := ModuleDir(m, main.Dir); dir != "" {
			dirs[dir] = true
		}
	}
	return slices.Sorted(maps.Keys(dirs))
}

// ImportsFrom reports whether a package of p imports a registering package of the module of
// app, directly or not.
func ImportsFrom(p *Program, path string, app *Program) bool {
	closure, module := p.Closure(path), app.Packages[0].Module.Path
	return slices.ContainsFunc(app.Registering(), func(pkg *packages.Package) bool {
		return closure[pkg.PkgPath] && pkg.Module != nil && pkg.Module.Path == module
	})
}

// moduleRoot returns the nearest folder with a go.mod that is dir or above it, or "".
func moduleRoot(dir string) string {
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return ""
		}
		dir = parent
	}
}
