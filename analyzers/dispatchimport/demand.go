package dispatchimport

import (
	"cmp"
	"slices"

	"github.com/cloud-functions-dispatch/go/analyzers/load"
	"github.com/cloud-functions-dispatch/go/analyzers/registration"
)

// A demand holds the functions that the entrypoints of a module must serve together.
type demand struct {
	module      string                         // path of the entrypoint's module
	functions   []registration.Function        // by package
	registering []string                       // packages with registrations, valid or not
	broken      []broken                       // packages that may register functions too
	patterns    map[string][]func(string) bool // of each entrypoint that may serve them; nil serves all
	closures    []map[string]bool              // of the entrypoint, or of the programs that it serves in
	programs    []*load.Program                // the listed modules
	versioned   bool                           // functions come from a module that is required by version
}

// A broken package does not compile.
type broken struct{ path, why string }

// newDemand returns the demand on the entrypoint with the given import path, in the
// folder dir.
func newDemand(dir, path string, buildFlags []string) (*demand, error) {
	served, err := load.ForEntrypoint(dir, path, buildFlags)
	if err != nil {
		return nil, err
	}
	d := &demand{module: served.Self.Package(path).Module.Path, patterns: make(map[string][]func(string) bool), closures: []map[string]bool{served.Self.Closure(path)}}
	d.addEntrypoints(served.Own)
	d.add(served.Own)
	for _, required := range served.Required {
		d.versioned = true
		d.addEntrypoints(required)
		d.addListed(required)
	}
	if len(served.Others) == 0 {
		return d, d.addAround(served.Own, buildFlags)
	}
	for _, other := range served.Others {
		d.addEntrypoints(other) // they may serve some of the functions
		d.add(other)
		if err := d.addAround(other, buildFlags); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// reaches reports whether the entrypoint imports a package, directly or not, or
// whether each of its programs does.
func (d *demand) reaches(pkg string) bool {
	return !slices.ContainsFunc(d.closures, func(closure map[string]bool) bool { return !closure[pkg] })
}

// byMain makes the programs that import the entrypoint, if there are any,
// responsible for the functions that it must serve: each must import them all.
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

// addAround adds the entrypoints of modules that are built with the module of p from its
// folder, if the known entrypoints do not serve all functions.
func (d *demand) addAround(p *load.Program, buildFlags []string) error {
	if len(p.Packages) == 0 || !slices.ContainsFunc(d.functions, func(f registration.Function) bool { return !d.servedElsewhere(f.Package, "") }) {
		return nil
	}
	dirs, err := load.Around(p.Packages[0].Module)
	if err != nil {
		return err
	}
	for _, dir := range dirs {
		// A module that cannot be listed serves nothing yet. An entrypoint that imports
		// nothing of p is for other modules of the workspace.
		if around, err := load.OtherModule(dir, buildFlags); err == nil {
			d.addEntrypoints(around, func(path string) bool { return load.ImportsFrom(around, path, p) })
		}
	}
	return nil
}

// add adds the functions registered by the packages of p, and by packages of other
// modules that they import. Packages main do not count: they cannot be imported.
func (d *demand) add(p *load.Program) {
	d.addListed(p)
	for _, pkg := range p.Broken() {
		if pkg.Name != "main" {
			d.broken = append(d.broken, broken{pkg.PkgPath, p.Why(pkg)})
		}
	}
}

// addListed is like add, but passes over packages that do not compile: those of a
// module that is required by version may need modules that are not there.
func (d *demand) addListed(p *load.Program) {
	d.programs = append(d.programs, p)
	for _, pkg := range p.Registering() {
		d.functions = append(d.functions, p.Model(pkg.PkgPath).Own()...)
	}
	for _, pkg := range p.Reaching() {
		if len(p.Model(pkg.PkgPath).Registrations) > 0 {
			d.registering = append(d.registering, pkg.PkgPath)
		}
	}
	slices.SortStableFunc(d.functions, func(a, b registration.Function) int { return cmp.Compare(a.Package, b.Package) })
	d.functions = slices.CompactFunc(d.functions, registration.Function.Same)
}

// addEntrypoints adds the entrypoints among the packages of p for which the functions, if
// there are any, return true.
func (d *demand) addEntrypoints(p *load.Program, only ...func(path string) bool) {
	for _, pkg := range p.Packages {
		m := p.Model(pkg.PkgPath)
		if m == nil || len(m.Entrypoints) == 0 || slices.ContainsFunc(only, func(is func(string) bool) bool { return !is(pkg.PkgPath) }) {
			continue
		}
		d.patterns[pkg.PkgPath] = nil
		for _, s := range m.Serves {
			d.patterns[pkg.PkgPath] = append(d.patterns[pkg.PkgPath], load.Matcher(pkg.Module.Path, s.Text))
		}
	}
}

// serves returns a function that reports whether the entrypoint with the given path
// must serve a package.
func (d *demand) serves(path string) func(pkg string) bool {
	patterns := d.patterns[path]
	return func(pkg string) bool {
		return patterns == nil || slices.ContainsFunc(patterns, func(match func(string) bool) bool { return match(pkg) })
	}
}

// mayImport reports whether the package from may import pkg: pkg is not internal to
// other packages, and does not import from, directly or not.
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
