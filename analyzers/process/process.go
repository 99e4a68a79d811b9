// Package process compares the processes of callers with the process of a callee. It finds
// variables, context values and imports that only one of them has.
//
// The package is for the checks and commands of this module. It is public only because
// they have different parents; it promises no compatibility.
package process

import (
	"cmp"
	"go/types"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/tools/go/ssa"

	"github.com/cloud-functions-dispatch/go/analyzers/flow"
	"github.com/cloud-functions-dispatch/go/analyzers/load"
)

// A Model has the processes of an entrypoint and of the programs that call its functions.
type Model struct {
	callers []caller
	closure map[string]bool // the packages that the callee imports
	loading *flow.Run       // the callee before dispatch.OnStart
	started *flow.Run       // the callee before its first call
	serving *flow.Run
	served  []*ssa.Function // the registered functions, by name
	onStart []*ssa.Function // the functions of dispatch.OnStart
	code    *flow.Program   // of the callee
}

// A caller is a program that makes calls.
type caller struct {
	path    string
	run     *flow.Run
	code    *flow.Program
	program *load.Program
	closure map[string]bool
	inits   map[string]*flow.Run // see initializing; by the paths
}

// initializing returns the code that the initialization of packages runs.
func (c *caller) initializing(paths ...string) *flow.Run {
	key := strings.Join(paths, " ")
	run, ok := c.inits[key]
	if !ok {
		var roots []*ssa.Function
		for _, path := range paths {
			roots = append(roots, c.code.Init(path))
		}
		run = c.code.Run(flow.Initializing, roots...)
		if c.inits == nil {
			c.inits = make(map[string]*flow.Run)
		}
		c.inits[key] = run
	}
	return run
}

// Of returns the model of the entrypoint with the given import path. It is nil if no
// program calls its functions.
func Of(served *load.Served, path string) *Model {
	programs := append(slices.Clone(served.Others), served.Own)
	return build(programs, served.Own, served.Self.Closure(path), func(code *flow.Program) []*ssa.Function {
		roots := []*ssa.Function{code.Init(path)}
		for _, pkg := range served.Own.Syntax() {
			if pkg.Name == "main" && served.Own.Closure(pkg.PkgPath)[path] {
				roots = append(roots, code.Init(pkg.PkgPath), code.Main(pkg.PkgPath))
			}
		}
		if len(roots) == 1 { // its main is elsewhere, as that of the functions framework
			roots = append(roots, code.Functions(path)...)
		}
		return roots
	})
}

// OfPackages returns the model of an entrypoint that imports the given packages of p and
// does nothing else. It is nil if no program in p calls their functions.
func OfPackages(p *load.Program, paths []string) *Model {
	closure := make(map[string]bool)
	for _, path := range paths {
		maps.Copy(closure, p.Closure(path))
	}
	return build([]*load.Program{p}, p, closure, func(code *flow.Program) []*ssa.Function {
		var roots []*ssa.Function
		for _, path := range paths {
			roots = append(roots, code.Init(path))
		}
		return roots
	})
}

// build models each process. The callee belongs to own, one of the
// programs, and starts with roots.
func build(programs []*load.Program, own *load.Program, closure map[string]bool, roots func(*flow.Program) []*ssa.Function) *Model {
	m := &Model{closure: closure}
	registered := make(map[string]bool)
	packages := make(map[string]bool) // those of the functions that the callee runs
	var run []*types.Func
	for _, prog := range programs {
		for _, pkg := range prog.Reaching() {
			for _, r := range prog.Model(pkg.PkgPath).Registrations {
				if r.Served {
					registered[r.Obj.FullName()] = true
					packages[r.Package] = packages[r.Package] || closure[r.Package]
					if prog == own && closure[r.Package] {
						run = append(run, r.Obj)
					}
				}
			}
		}
	}
	for _, prog := range programs {
		code := codeOf(prog, registered)
		for _, pkg := range prog.Syntax() {
			if prog.Model(pkg.PkgPath) == nil || pkg.Name != "main" {
				continue
			}
			imports := prog.Closure(pkg.PkgPath)
			if !anyOf(packages, imports) {
				continue
			}
			if run := code.Run(flow.Calling, code.Init(pkg.PkgPath), code.Main(pkg.PkgPath)); run.Calls() {
				m.callers = append(m.callers, caller{path: pkg.PkgPath, run: run, code: code, program: prog, closure: imports})
			}
		}
		if prog == own {
			m.runCallee(code, roots(code), run)
		}
	}
	if len(m.callers) == 0 {
		return nil
	}
	slices.SortFunc(m.callers, func(a, b caller) int { return cmp.Compare(a.path, b.path) })
	return m
}

// codes caches the code of programs, which other entrypoints of a module share.
var codes sync.Map

// codeOf returns the code of a program. The names are those of registered functions.
func codeOf(p *load.Program, registered map[string]bool) *flow.Program {
	type key struct {
		program    *load.Program
		registered string
	}
	names := strings.Join(slices.Sorted(maps.Keys(registered)), " ")
	once, _ := codes.LoadOrStore(key{p, names}, sync.OnceValue(func() *flow.Program { return flow.New(p.Syntax(), registered) }))
	return once.(func() *flow.Program)()
}

// anyOf reports whether one of the packages is in the closure.
func anyOf(packages, closure map[string]bool) bool {
	for path, in := range packages {
		if in && closure[path] {
			return true
		}
	}
	return false
}

func (m *Model) runCallee(code *flow.Program, roots []*ssa.Function, run []*types.Func) {
	for _, obj := range run {
		if fn := code.Func(obj); fn != nil {
			m.served = append(m.served, fn)
		}
	}
	slices.SortFunc(m.served, func(a, b *ssa.Function) int { return cmp.Compare(a.String(), b.String()) })
	m.served = slices.Compact(m.served)
	m.code = code
	m.loading = code.Run(flow.Loading, roots...)
	m.onStart = m.loading.OnStart()
	m.started = code.Run(flow.Serving, roots...)
	m.serving = code.Run(flow.Serving, append(roots, m.served...)...)
}

// An Unset is something that a caller sets, and that nothing sets in the callee where a
// function there needs it.
type Unset struct {
	*flow.Harm
	Reader string // the function, as code in other packages names it
	Setter string // the path of the caller
	Import string // the package that sets it in its init and that the callee does not import; may be empty
}

// Unset returns the unset paths that do harm in the callee, by name.
func (m *Model) Unset() []Unset {
	return append(m.unset(m.started, m.served), m.unset(m.loading, m.onStart)...)
}

// unset returns the paths that readers need and the code before them does not set.
func (m *Model) unset(before *flow.Run, readers []*ssa.Function) []Unset {
	known := make(map[flow.Path]bool)
	isUnset := func(q flow.Path) bool {
		is, ok := known[q]
		if !ok {
			is = !before.Sets(q) && m.setter(q) != nil
			known[q] = is
		}
		return is
	}
	candidates := make(map[string]bool)
	for _, e := range m.serving.Effects() {
		if !e.Write && m.code.Has(e.Path) && isUnset(e.Path) {
			candidates[e.Root] = true
		}
	}
	var out []Unset
	for _, root := range slices.Sorted(maps.Keys(candidates)) {
		for _, fn := range readers {
			harm := m.serving.Harmed(fn, func(q flow.Path) bool { return q.Root == root && isUnset(q) })
			if harm != nil && types.TypeString(harm.Type, nil) != "error" && !m.setByOther(fn, readers, harm.Path) {
				c := m.setter(harm.Path)
				out = append(out, Unset{harm, nameOf(fn), c.path, m.importThatSets(harm.Path, c)})
				break
			}
		}
	}
	return out
}

// setByOther reports whether another function of dispatch.OnStart sets q, perhaps before
// fn runs.
func (m *Model) setByOther(fn *ssa.Function, readers []*ssa.Function, q flow.Path) bool {
	return slices.Contains(m.onStart, fn) && slices.ContainsFunc(readers, func(other *ssa.Function) bool {
		return other != fn && m.code.Run(flow.Serving, other).Sets(q)
	})
}

// setter returns the first caller that sets q, or nil.
func (m *Model) setter(q flow.Path) *caller {
	i := slices.IndexFunc(m.callers, func(c caller) bool { return c.run.Sets(q) })
	if i < 0 {
		return nil
	}
	return &m.callers[i]
}

// importThatSets returns the package that only the caller imports, for its effect, and that
// sets q in its initialization, or "". A package that is imported by name may be the whole
// program: the callee should not import it.
func (m *Model) importThatSets(q flow.Path, c *caller) string {
	var found []string
	blank := c.blankImports()
	for path := range c.closure {
		if pkg := c.program.Package(path); !m.closure[path] && pkg != nil && pkg.Name != "main" && c.code.Init(path) != nil && blank[path] {
			found = append(found, path)
		}
	}
	slices.Sort(found)
	if !c.initializing(found...).Sets(q) { // one run for all, since there may be hundreds
		return ""
	}
	found = slices.DeleteFunc(found, func(path string) bool { return !c.initializing(path).Sets(q) })
	for _, path := range found {
		// The package that sets it imports no other one that does.
		if closure := c.program.Closure(path); !slices.ContainsFunc(found, func(other string) bool { return other != path && closure[other] }) {
			return path
		}
	}
	return ""
}

// blankImports returns the packages that the caller imports without a name.
func (c *caller) blankImports() map[string]bool {
	blank := make(map[string]bool)
	for _, pkg := range c.program.Syntax() {
		for _, file := range pkg.Syntax {
			for _, spec := range file.Imports {
				if path, err := strconv.Unquote(spec.Path.Value); err == nil && c.closure[pkg.PkgPath] && spec.Name != nil && spec.Name.Name == "_" {
					blank[path] = true
				}
			}
		}
	}
	return blank
}

// An Unseen is something that a function sets in the callee and that only a caller reads.
type Unseen struct {
	flow.Path
	Writer string // the function, as code in other packages names it
	Reader string // the path of the caller
}

// telemetry matches the names of variables that measure a process.
var telemetry = regexp.MustCompile(`(?i)metric|telemetry|expvar|pprof`)

// Unseen returns the paths that only callers read, in the order of the code. Measurements are left
// out: each process has its own.
func (m *Model) Unseen() []Unseen {
	var out []Unseen
	reported := make(map[string]bool)
	for _, e := range m.serving.Effects() {
		if !e.Write || !e.IsVariable() || reported[e.Root] || telemetry.MatchString(e.Path.String()) || m.started.Reaches(e.Fn) || m.serving.Reads(e) {
			continue
		}
		if whole := (flow.Path{Root: e.Root}); !m.started.Sets(whole) && m.setter(whole) != nil {
			continue // it is nil in the callee, where the write is not reached
		}
		if i := slices.IndexFunc(m.callers, func(c caller) bool { return c.run.Reads(e) }); i >= 0 {
			reported[e.Root] = true
			out = append(out, Unseen{e.Path, nameOf(e.Fn), m.callers[i].path})
		}
	}
	return out
}

// nameOf names a function as code in other packages does. A literal has the name of the
// function around it.
func nameOf(fn *ssa.Function) string {
	name := ""
	for fn.Parent() != nil {
		fn = fn.Parent()
		if base, _, _ := strings.Cut(fn.Name(), "#"); base == "init" && fn.Parent() == nil {
			name = "a function literal in "
		}
	}
	if obj, ok := fn.Object().(*types.Func); ok && obj.Pkg() != nil {
		if recv := obj.Signature().Recv(); recv != nil {
			return name + "(" + types.TypeString(recv.Type(), (*types.Package).Name) + ")." + obj.Name()
		}
	}
	if fn.Pkg == nil {
		return name + fn.Name()
	}
	return name + fn.Pkg.Pkg.Name() + "." + strings.SplitN(fn.Name(), "#", 2)[0]
}
