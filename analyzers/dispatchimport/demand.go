package dispatchimport

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"golang.org/x/tools/go/packages"

	"github.com/cloud-functions-dispatch/go/analyzers/load"
	"github.com/cloud-functions-dispatch/go/analyzers/registration"
)

// A demand is what the entrypoints of a module must serve together.
type demand struct {
	module    string                         // path of the entrypoint's module
	functions []registration.Function        // by package
	broken    []broken                       // may register functions too
	patterns  map[string][]func(string) bool // of each entrypoint of the module; nil serves all
	closure   map[string]bool                // of the entrypoint
}

// A broken package is one that does not compile.
type broken struct{ path, why string }

// newDemand lists the module of the package in dir.
func newDemand(dir, path string, buildFlags []string) (*demand, error) {
	self, err := list(dir, buildFlags, ".")
	if err != nil {
		return nil, err
	}
	pkg := self.Package(path)
	if pkg == nil || pkg.Module == nil || pkg.Module.Dir == "" {
		return nil, fmt.Errorf("package %s is in no module", path)
	}
	own, err := list(pkg.Module.Dir, buildFlags, "./...")
	if err != nil {
		return nil, err
	}
	d := &demand{module: pkg.Module.Path, patterns: make(map[string][]func(string) bool), closure: self.Closure(path)}
	for _, p := range own.Reaching() {
		if m := own.Model(p.PkgPath); len(m.Entrypoints) > 0 {
			d.addEntrypoint(p.PkgPath, m)
		}
	}
	d.add(own)
	if registersItself(own, d.module) {
		return d, nil
	}
	// A callee in a module of its own: what the modules on disk register from
	// which it imports something that does.
	for _, dir := range onDisk(self, d.closure, pkg.Module) {
		other, err := list(dir, buildFlags, "./...")
		if err != nil {
			return nil, err
		}
		d.add(other)
	}
	return d, nil
}

func list(dir string, buildFlags []string, pattern string) (*load.Program, error) {
	return load.Load(context.Background(), &load.Config{Dir: dir, BuildFlags: buildFlags}, nil, pattern)
}

// add demands what the packages of p register, those of the other modules that
// they import among them. Programs cannot be imported.
func (d *demand) add(p *load.Program) {
	for _, pkg := range p.Registering() {
		d.functions = append(d.functions, p.Model(pkg.PkgPath).Own()...)
	}
	for _, pkg := range p.Broken() {
		if pkg.Name != "main" {
			d.broken = append(d.broken, broken{pkg.PkgPath, p.Why(pkg)})
		}
	}
	slices.SortStableFunc(d.functions, func(a, b registration.Function) int { return cmp.Compare(a.Package, b.Package) })
	d.functions = slices.CompactFunc(d.functions, registration.Function.Same)
}

func (d *demand) addEntrypoint(path string, m *registration.Result) {
	d.patterns[path] = nil
	for _, p := range m.Serves {
		d.patterns[path] = append(d.patterns[path], load.Matcher(d.module, p.Text))
	}
}

// serves returns whether the entrypoint with the given path must serve a
// package.
func (d *demand) serves(path string) func(pkg string) bool {
	patterns := d.patterns[path]
	return func(pkg string) bool {
		return patterns == nil || slices.ContainsFunc(patterns, func(match func(string) bool) bool { return match(pkg) })
	}
}

// servedElsewhere reports whether an entrypoint other than path must serve pkg.
func (d *demand) servedElsewhere(pkg, path string) bool {
	for other := range d.patterns {
		if other != path && d.serves(other)(pkg) {
			return true
		}
	}
	return false
}

func registersItself(p *load.Program, module string) bool {
	return slices.ContainsFunc(p.Reaching(), func(pkg *packages.Package) bool {
		return pkg.Module != nil && pkg.Module.Path == module && len(p.Model(pkg.PkgPath).Own()) > 0
	})
}

// onDisk returns the folders of the modules on disk, but for main, that have a
// registering package in the closure.
func onDisk(p *load.Program, closure map[string]bool, main *packages.Module) []string {
	dirs := make(map[string]bool)
	for _, pkg := range p.Reaching() {
		if closure[pkg.PkgPath] && pkg.Module != nil && pkg.Module.Path != main.Path && len(p.Model(pkg.PkgPath).Own()) > 0 {
			if dir := load.ModuleDir(pkg.Module, main.Dir); dir != "" {
				dirs[dir] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(dirs))
}
