package dispatchlocal

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/types"
	"maps"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ssa"

	"github.com/cloud-functions-dispatch/go/analyzers/flow"
	"github.com/cloud-functions-dispatch/go/analyzers/load"
)

// processes models the caller's processes and the process of an entrypoint.
type processes struct {
	pass    *analysis.Pass
	at      ast.Node
	callers []caller
	loading *flow.Run // the callee before OnStart
	started *flow.Run // before its first call
	serving *flow.Run
	served  []*ssa.Function // the registered functions, by name
}

// A caller is a program that makes calls.
type caller struct {
	path string
	run  *flow.Run
}

// checkProcesses reports, at an entrypoint, what the served functions share with their
// callers only in one process.
func checkProcesses(pass *analysis.Pass, at ast.Node, served *load.Served) {
	p := &processes{pass: pass, at: at}
	p.model(served)
	if len(p.callers) == 0 || p.serving == nil {
		return
	}
	p.checkUnset(p.started, p.served)
	p.checkUnset(p.loading, p.loading.OnStart())
	p.checkUnseen()
}

// model finds out what runs in each process.
func (p *processes) model(served *load.Served) {
	path := p.pass.Pkg.Path()
	closure := served.Self.Closure(path)
	programs := append(slices.Clone(served.Others), served.Own)
	registered := make(map[string]bool)
	var run []*types.Func
	for _, prog := range programs {
		for _, pkg := range prog.Reaching() {
			for _, r := range prog.Model(pkg.PkgPath).Registrations {
				if r.Served {
					registered[r.Obj.FullName()] = true
					if prog == served.Own && closure[r.Package] {
						run = append(run, r.Obj)
					}
				}
			}
		}
	}
	for _, prog := range programs {
		code := flow.New(prog.Syntax(), registered)
		for _, pkg := range prog.Syntax() {
			if m := prog.Model(pkg.PkgPath); m != nil && pkg.Name == "main" && m.CanCall(pkg.PkgPath, true) {
				p.callers = append(p.callers, caller{pkg.PkgPath, code.Run(flow.Calling, code.Init(pkg.PkgPath), code.Main(pkg.PkgPath))})
			}
		}
		if prog == served.Own {
			p.modelCallee(prog, code, run)
		}
	}
	slices.SortFunc(p.callers, func(a, b caller) int { return strings.Compare(a.path, b.path) })
}

// modelCallee models the process that serves: the package of the entrypoint, and the
// programs that import it.
func (p *processes) modelCallee(prog *load.Program, code *flow.Program, run []*types.Func) {
	path := p.pass.Pkg.Path()
	roots := []*ssa.Function{code.Init(path)}
	if p.pass.Pkg.Name() != "main" {
		roots = append(roots, code.Functions(path)...)
	}
	for _, pkg := range prog.Syntax() {
		if pkg.Name == "main" && prog.Closure(pkg.PkgPath)[path] {
			roots = append(roots, code.Init(pkg.PkgPath), code.Main(pkg.PkgPath))
		}
	}
	for _, obj := range run {
		if fn := code.Func(obj); fn != nil {
			p.served = append(p.served, fn)
		}
	}
	slices.SortFunc(p.served, func(a, b *ssa.Function) int { return strings.Compare(a.String(), b.String()) })
	p.served = slices.Compact(p.served)
	p.loading = code.Run(flow.Loading, roots...)
	p.started = code.Run(flow.Serving, roots...)
	p.serving = code.Run(flow.Serving, append(roots, p.served...)...)
}

// checkUnset reports what callers set, roots read, and nothing in the callee sets before
// roots run.
func (p *processes) checkUnset(before *flow.Run, roots []*ssa.Function) {
	unset := make(map[flow.Path]bool)
	isUnset := func(q flow.Path) bool {
		known, ok := unset[q]
		if !ok {
			known = !sets(before, q) && p.setter(q) != ""
			unset[q] = known
		}
		return known
	}
	candidates := make(map[string]bool)
	for _, e := range p.serving.Effects() {
		if !e.Write && isUnset(e.Path) {
			candidates[e.Root] = true
		}
	}
	for _, root := range slices.Sorted(maps.Keys(candidates)) {
		for _, fn := range roots {
			harm := p.serving.Harmed(fn, func(q flow.Path) bool { return q.Root == root && isUnset(q) })
			if harm != nil && types.TypeString(harm.Type, nil) != "error" {
				p.reportUnset(harm, fn)
				break
			}
		}
	}
}

func sets(run *flow.Run, q flow.Path) bool {
	return slices.ContainsFunc(run.Effects(), func(e flow.Effect) bool { return e.Sets(q) })
}

// setter returns the first caller that sets q, or "".
func (p *processes) setter(q flow.Path) string {
	for _, c := range p.callers {
		if sets(c.run, q) {
			return c.path
		}
	}
	return ""
}

func (p *processes) reportUnset(harm *flow.Harm, fn *ssa.Function) {
	remedy := "set it in dispatch.OnStart, or pass it as an argument"
	if !harm.IsVariable() {
		remedy = "pass it as an argument"
	}
	verb := "where it "
	p.pass.ReportRangef(p.at.(analysis.Range), "%s is set only by the main of %s, but read by %s, which runs in this callee, %s%s (%s)",
		harm.Path, p.setter(harm.Path), nameOf(fn), verb, has(harm), remedy)
}

// nameOf names a function as code in other packages does.
func nameOf(fn *ssa.Function) string {
	if fn.Pkg == nil {
		return fn.Name()
	}
	return fn.Pkg.Pkg.Name() + "." + fn.Name()
}

// has says what an unset path has.
func has(h *flow.Harm) string {
	if strings.HasSuffix(h.Sub, "[]") {
		return "lacks what the caller adds"
	}
	if !h.IsVariable() {
		return "is missing"
	}
	switch t := h.Type.Underlying().(type) {
	case *types.Basic:
		switch info := t.Info(); {
		case info&types.IsString != 0:
			return `is ""`
		case info&types.IsBoolean != 0:
			return fmt.Sprint("is ", constant.MakeBool(false))
		}
		return "is 0"
	case *types.Struct, *types.Array:
		return "has its zero value"
	}
	return "is nil"
}

// checkUnseen reports variables that only served functions set, and only callers read.
func (p *processes) checkUnseen() {
	reported := make(map[string]bool)
	for _, e := range p.serving.Effects() {
		if !e.Write || !e.IsVariable() || reported[e.Root] || p.started.Reaches(e.Fn) || reads(p.serving, e) {
			continue
		}
		if whole := (flow.Path{Root: e.Root}); !sets(p.started, whole) && p.setter(whole) != "" {
			continue // it is nil in the callee, where the write is not reached
		}
		for _, c := range p.callers {
			if reads(c.run, e) {
				reported[e.Root] = true
				p.pass.ReportRangef(p.at.(analysis.Range), "%s is set by %s, which runs in this callee, but read only by the main of %s: the caller never sees the change (store it where both can read it, or send it in another call)", e.Path, nameOf(e.Fn), c.path)
				break
			}
		}
	}
}

func reads(run *flow.Run, w flow.Effect) bool {
	return slices.ContainsFunc(run.Effects(), func(e flow.Effect) bool { return e.Reads(w) })
}
