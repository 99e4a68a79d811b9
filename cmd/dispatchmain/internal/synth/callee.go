package synth

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cloud-functions-dispatch/go/analyzers/load"
	"github.com/cloud-functions-dispatch/go/analyzers/process"
	"github.com/cloud-functions-dispatch/go/analyzers/registration"
)

// FunctionsOf returns the functions that the packages in p register themselves, by
// import path.
func FunctionsOf(p *load.Program) []registration.Function {
	var fns []registration.Function
	for _, pkg := range p.Registering() {
		fns = append(fns, p.Model(pkg.PkgPath).Own()...)
	}
	return fns
}

// PingPath is the import path of package ping. Its functions test a deployment.
const PingPath = registration.RuntimeModule + "/dispatch/ping"

// Ping adds package ping to the packages that the callee serves.
func (c *Callee) Ping() {
	if slices.ContainsFunc(c.Imports, func(i Import) bool { return i.Path == PingPath }) {
		return // the application uses it
	}
	c.Imports = append(c.Imports, Import{PingPath, []string{"ping.log", "ping.relay"}})
	slices.SortFunc(c.Imports, func(a, b Import) int { return strings.Compare(a.Path, b.Path) })
	c.Callers = append(c.Callers, "ping")
}

// New returns a callee at importPath. It serves every function that the packages in p
// register.
func New(p *load.Program, importPath string) (*Callee, error) {
	c := &Callee{ImportPath: importPath}
	for _, pkg := range p.Registering() {
		model := p.Model(pkg.PkgPath)
		if !load.Importable(pkg.PkgPath, importPath) {
			return nil, fmt.Errorf("%s registers functions but is internal: %s cannot import it (put the entrypoint below %s with -o)", pkg.PkgPath, importPath, load.InternalParent(pkg.PkgPath))
		}
		if p.Closure(pkg.PkgPath)[importPath] {
			return nil, fmt.Errorf("%s registers functions and imports %s, so an entrypoint there would create an import cycle (put the entrypoint into a separate folder with -o callee)", pkg.PkgPath, importPath)
		}
		imp := Import{Path: pkg.PkgPath}
		for _, f := range model.Own() {
			imp.Functions = append(imp.Functions, f.Func)
		}
		slices.Sort(imp.Functions)
		c.Imports = append(c.Imports, imp)
		if model.Union.Calls {
			c.Callers = append(c.Callers, pkg.Name)
		}
	}
	return c, nil
}

// AddEffects adds what the programs in p import for its effect on packages that the
// callee's functions use, such as image formats and database drivers.
func (c *Callee) AddEffects(p *load.Program) {
	var paths []string
	for _, imp := range c.Imports {
		paths = append(paths, imp.Path)
	}
	m := process.OfPackages(p, paths)
	if m == nil {
		return
	}
	for _, e := range m.Imports() {
		if load.Importable(e.Path, c.ImportPath) && !p.Closure(e.Path)[c.ImportPath] {
			c.Effects = append(c.Effects, e)
		}
	}
}
