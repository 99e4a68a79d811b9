package load

import (
	"slices"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/checker"
	"golang.org/x/tools/go/packages"

	"github.com/cloud-functions-dispatch/go/analyzers/registration"
)

// Part returns the part of p that consists of the matching packages, which p has loaded,
// and of their imports. It is what Load returns for a pattern that matches them.
func (p *Program) Part(matching []*packages.Package) *Program {
	part := &Program{
		Packages: matching,
		fset:     p.fset,
		all:      make(map[string]*packages.Package),
		models:   make(map[string]*registration.Result),
		broken:   make(map[string]*packages.Package),
	}
	for pkg := range packages.Postorder(matching) {
		part.all[pkg.ID] = pkg
		if model := p.models[pkg.PkgPath]; model != nil {
			part.models[pkg.PkgPath] = model
		}
		if broken := p.broken[pkg.PkgPath]; broken != nil {
			part.broken[pkg.PkgPath] = broken
		}
	}
	for _, path := range p.reach {
		if part.all[path] != nil {
			part.reach = append(part.reach, path)
		}
	}
	in := func(pkg *packages.Package) bool { return part.all[pkg.ID] != nil }
	part.loaded = slices.DeleteFunc(slices.Clone(p.loaded), func(pkg *packages.Package) bool { return !in(pkg) })
	part.syntax = slices.DeleteFunc(slices.Clone(p.syntax), func(pkg *packages.Package) bool { return !in(pkg) })
	if len(part.reach) > 0 {
		roots := slices.DeleteFunc(slices.Clone(p.Graph.Roots), func(act *checker.Action) bool { return !in(act.Package) })
		part.Graph = &checker.Graph{Roots: roots}
	}
	return part
}

// Analyzed returns p with the diagnostics of other analyzers on the matching packages.
func (p *Program) Analyzed(analyzers []*analysis.Analyzer) (*Program, error) {
	if p.Graph == nil {
		return p, nil // no package reaches the runtime
	}
	q := *p
	roots := slices.Concat([]*analysis.Analyzer{registration.Analyzer}, analyzers)
	var err error
	if q.Graph, err = checker.Analyze(roots, p.loaded, nil); err != nil {
		return nil, err
	}
	q.reportOnMatching()
	return &q, nil
}
