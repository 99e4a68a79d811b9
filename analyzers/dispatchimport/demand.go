package dispatchimport

import (
	"cmp"
	"slices"

	"github.com/cloud-functions-dispatch/go/analyzers/load"
	"github.com/cloud-functions-dispatch/go/analyzers/registration"
)

// A demand is what the entrypoints of a module must serve together.
type demand struct {
	module    string                         // path of the entrypoint's module
	functions []registration.Function        // by package
	try       []string                       // packages that register, rightly or wrongly
	broken    []broken                       // may register functions too
	patterns  map[string][]func(string) bool // of each entrypoint that may serve them; nil serves all
	closures  []map[string]bool              // of the entrypoint, or of the programs that it serves in
	programs  []*load.Program                // what was listed
}

// A broken package is one that does not compile.
type broken struct{ path, why string }

// newDemand lists the module of the package in dir.
func newDemand(dir, path string, buildFlags []string) (*demand, error) {
	served, err := load.ForEntrypoint(dir, path, buildFlags)
	if err != nil {
		return nil, err
	}
	d := &demand{module: served.Self.Package(path).Module.Path, patterns: make(map[string][]func(string) bool), closures: []map[string]bool{served.Self.Closure(path)}}
	d.addEntrypoints(served.Own)
	d.add(served.Own)
	if len(served.Others) == 0 {
		return d, d.addNested(served.Own, buildFlags)
	}
	for _, other := range served.Others {
		d.addEntrypoints(other) // which may serve a part
		d.add(other)
		if err := d.addNested(other, buildFlags); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// reaches reports whether the entrypoint has a package, in each program of it.
func (d *demand) reaches(pkg string) bool {
	return !slices.ContainsFunc(d.closures, func(closure map[string]bool) bool { return !closure[pkg] })
}

// byMain has the programs that import the entrypoint, if there are any, answer
// for what it must serve.
func (d *demand) byMain(path string) {
	var closures []map[string]bool
	for _, p := range d.programs {
		for _, pkg := range p.Packages {
			if closure := p.Closure(pkg.PkgPath); pkg.Name == "main" && closure[path] {
				closures = append(closures, closure)
			}
		}
	}
	if len(closures) > 0 {
		d.closures = closures
	}
}

// addNested adds the entrypoints in modules of their own below that of p, where
// those known leave functions to them.
func (d *demand) addNested(p *load.Program, buildFlags []string) error {
	if len(p.Packages) == 0 || !slices.ContainsFunc(d.functions, func(f registration.Function) bool { return !d.servedElsewhere(f.Package, "") }) {
		return nil
	}
	dirs, err := load.Nested(p.Packages[0].Module)
	if err != nil {
		return err
	}
	for _, dir := range dirs {
		// One that cannot be listed serves nothing yet.
		if nested, err := load.Module(dir, buildFlags); err == nil {
			d.addEntrypoints(nested)
		}
	}
	return nil
}

// add demands what the packages of p register, those of the other modules that
// they import among them. Programs cannot be imported.
func (d *demand) add(p *load.Program) {
	d.programs = append(d.programs, p)
	for _, pkg := range p.Registering() {
		d.functions = append(d.functions, p.Model(pkg.PkgPath).Own()...)
	}
	for _, pkg := range p.Reaching() {
		if len(p.Model(pkg.PkgPath).Registrations) > 0 {
			d.try = append(d.try, pkg.PkgPath)
		}
	}
	for _, pkg := range p.Broken() {
		if pkg.Name != "main" {
			d.broken = append(d.broken, broken{pkg.PkgPath, p.Why(pkg)})
		}
	}
	slices.SortStableFunc(d.functions, func(a, b registration.Function) int { return cmp.Compare(a.Package, b.Package) })
	d.functions = slices.CompactFunc(d.functions, registration.Function.Same)
}

// addEntrypoints adds those of the modules that p matched.
func (d *demand) addEntrypoints(p *load.Program) {
	for _, pkg := range p.Packages {
		m := p.Model(pkg.PkgPath)
		if m == nil || len(m.Entrypoints) == 0 {
			continue
		}
		d.patterns[pkg.PkgPath] = nil
		for _, s := range m.Serves {
			d.patterns[pkg.PkgPath] = append(d.patterns[pkg.PkgPath], load.Matcher(pkg.Module.Path, s.Text))
		}
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

// mayImport reports whether the package from may import pkg: that is not
// internal to others, and does not reach from itself.
func (d *demand) mayImport(from, pkg string) bool {
	return load.Importable(pkg, from) && !slices.ContainsFunc(d.programs, func(p *load.Program) bool { return p.Closure(pkg)[from] })
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
