package dispatchlocal

import (
	"go/ast"
	"go/types"
	"maps"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/packages"

	"github.com/cloud-functions-dispatch/go/analyzers/load"
)

// checkVariables reports, at an entrypoint, the variables that the main of a caller
// sets and a function served there reads, but nothing in the callee sets.
func checkVariables(pass *analysis.Pass, at ast.Node, served *load.Served) {
	g := newGraph()
	closure := served.Self.Closure(pass.Pkg.Path())
	var callers, registered, programs []string
	for _, p := range append(served.Others, served.Own) {
		for _, pkg := range p.Syntax() {
			g.add(pkg)
			m := p.Model(pkg.PkgPath)
			if m == nil {
				continue // it does not import the runtime
			}
			switch {
			case pkg.Name != "main":
			case p.Closure(pkg.PkgPath)[pass.Pkg.Path()]:
				programs = append(programs, pkg.PkgPath) // it serves too
			case len(m.Entrypoints) == 0 && m.CanCall(pkg.PkgPath, true):
				callers = append(callers, pkg.PkgPath+".main", initOf(pkg.PkgPath))
			}
			for _, r := range m.Registrations {
				if r.Served && closure[r.Package] {
					registered = append(registered, r.Obj.FullName())
				}
			}
		}
	}
	var callee []string
	for _, path := range append(programs, pass.Pkg.Path()) {
		callee = append(callee, g.functionsOf[path]...)
		callee = append(callee, initOf(path))
	}
	for path := range closure {
		callee = append(callee, initOf(path))
	}
	inCallee, byCallers, byRegistered := g.reach(callee, true), g.reach(callers, false), g.reach(registered, false)
	for _, name := range slices.Sorted(maps.Keys(g.variables)) {
		v := g.variables[name]
		if !v.declared || !closure[v.pkg] || isAny(v.guards, byRegistered) || isAny(g.setters(v), inCallee) {
			continue
		}
		if !isAny(g.setters(v), byCallers) || !isAny(v.readers, byRegistered) {
			continue
		}
		by, of := g.first(g.setters(v), callers), g.first(v.readers, registered)
		pass.ReportRangef(at, "%s is set only by the main of %s, but read by %s, which runs in this callee, where it has its zero value (set it in dispatch.OnStart, or pass it as an argument)", v.name, strings.TrimSuffix(strings.TrimSuffix(by, ".main"), ".init"), short(of))
	}
}

// short returns a full name as Go code writes it.
func short(full string) string { return full[strings.LastIndexByte(full, '/')+1:] }

// initOf returns the graph's name for the initialization of a package.
func initOf(path string) string { return path + ".init" }

// A graph holds the functions that each function mentions, and the variables that it
// reads and writes.
type graph struct {
	variables   map[string]*variable       // by full name
	uses        map[string]map[string]bool // the functions that a function mentions
	types       map[string]map[string]bool // the methods of the types that a function mentions
	parsers     map[string]bool            // the functions that parse flags
	functionsOf map[string][]string        // by import path
	added       map[string]bool
}

// A variable is a package variable.
type variable struct {
	name, pkg string
	declared  bool // without a value or as a flag, in a parsed package
	flag      bool
	guards    map[string]bool // the readers that check whether it is set
	readers   map[string]bool
	writers   map[string]bool
}

// setters returns the functions that set the variable.
func (g *graph) setters(v *variable) map[string]bool {
	if v.flag {
		return g.parsers
	}
	return v.writers
}

func newGraph() *graph {
	return &graph{
		variables:   make(map[string]*variable),
		uses:        make(map[string]map[string]bool),
		types:       make(map[string]map[string]bool),
		parsers:     make(map[string]bool),
		functionsOf: make(map[string][]string),
		added:       make(map[string]bool),
	}
}

// reach returns the functions that from mention, directly or not. With loosely, it
// includes the methods of the types that they mention.
func (g *graph) reach(from []string, loosely bool) map[string]bool {
	from = slices.Clone(from)
	seen := make(map[string]bool)
	for len(from) > 0 {
		f := from[len(from)-1]
		from = from[:len(from)-1]
		if seen[f] {
			continue
		}
		seen[f] = true
		from = slices.AppendSeq(from, maps.Keys(g.uses[f]))
		if loosely {
			from = slices.AppendSeq(from, maps.Keys(g.types[f]))
		}
	}
	return seen
}

// isAny reports whether any of fns is in the other set.
func isAny(fns, in map[string]bool) bool {
	for f := range fns {
		if in[f] {
			return true
		}
	}
	return false
}

// first returns the first of roots that reaches one of fns, or "".
func (g *graph) first(fns map[string]bool, roots []string) string {
	slices.Sort(roots)
	for _, root := range roots {
		if isAny(fns, g.reach([]string{root}, false)) {
			return root
		}
	}
	return ""
}

// add adds the variables and functions of a package.
func (g *graph) add(pkg *packages.Package) {
	if g.added[pkg.PkgPath] {
		return
	}
	g.added[pkg.PkgPath] = true
	r := &reader{graph: g, pkg: pkg, methods: make(map[*types.Named]map[string]bool)}
	for _, f := range pkg.Syntax {
		for _, d := range f.Decls {
			if gen, ok := d.(*ast.GenDecl); ok {
				r.declare(gen)
			}
		}
	}
	for _, f := range pkg.Syntax {
		r.file(f)
	}
}
