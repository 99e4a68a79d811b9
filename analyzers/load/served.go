package load

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"golang.org/x/tools/go/packages"
)

// Served holds the programs that an entrypoint may have to serve.
type Served struct {
	Self *Program // the package alone
	Own  *Program // its module

	// Others are the modules on disk from which the entrypoint imports registering
	// packages. They are loaded only if its own module registers nothing.
	Others []*Program
}

// ForEntrypoint loads the programs for the entrypoint with the given import path,
// which is in dir. It caches them for other entrypoints of the module and for other
// checks.
func ForEntrypoint(dir, path string, buildFlags []string) (*Served, error) {
	self, err := list(dir, buildFlags, ".")
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
	for _, dir := range onDisk(self, self.Closure(path), pkg.Module) {
		other, err := Module(dir, buildFlags)
		if err != nil {
			return nil, err
		}
		s.Others = append(s.Others, other)
	}
	return s, nil
}

// Module loads the packages of the module in dir, once per process.
func Module(dir string, buildFlags []string) (*Program, error) {
	return list(dir, buildFlags, "./...")
}

// loaded caches the results of list, by its arguments.
var loaded sync.Map

// list loads the packages that match pattern in dir, once per process.
func list(dir string, buildFlags []string, pattern string) (*Program, error) {
	key := strings.Join(append([]string{dir, pattern}, buildFlags...), "\n")
	once, _ := loaded.LoadOrStore(key, sync.OnceValues(func() (*Program, error) {
		return Load(context.Background(), &Config{Dir: dir, BuildFlags: buildFlags, Local: pattern != "."}, nil, pattern)
	}))
	return once.(func() (*Program, error))()
}

// registersItself reports whether a package of the module registers functions.
func registersItself(p *Program, module string) bool {
	return slices.ContainsFunc(p.Reaching(), func(pkg *packages.Package) bool {
		return pkg.Module != nil && pkg.Module.Path == module && len(p.Model(pkg.PkgPath).Own()) > 0
	})
}

// onDisk returns the folders of the modules on disk, except main, that have a
// registering package in the closure.
func onDisk(p *Program, closure map[string]bool, main *packages.Module) []string {
	dirs := make(map[string]bool)
	for _, pkg := range p.Reaching() {
		if closure[pkg.PkgPath] && pkg.Module != nil && pkg.Module.Path != main.Path && len(p.Model(pkg.PkgPath).Own()) > 0 {
			if dir := ModuleDir(pkg.Module, main.Dir); dir != "" {
				dirs[dir] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(dirs))
}
