// Package flow models one process of a program: the functions that its roots reach, and
// the package variables, context values and environment variables that these set and read.
//
// The model is built on SSA of the packages that have source. Other packages have
// types only: their functions are a table of rules, such as that atomic.Pointer.Load
// reads and json.Unmarshal writes. A function is reached by a call, as a value in
// reached code, or as a method of a type that reached code converts to an interface (as
// in rapid type analysis). The model has no calling contexts: a parameter stands for
// the arguments of all reached calls.
//
// The package is for the checks and commands of this module. It is public only because
// they have different parents; it promises no compatibility.
package flow

import (
	"go/types"
	"slices"

	"golang.org/x/tools/go/packages"
	"golang.org/x/tools/go/ssa"

	"github.com/cloud-functions-dispatch/go/analyzers/internal/dispatchapi"
)

// A Program holds the code of packages that were loaded together.
type Program struct {
	ssa        *ssa.Program
	packages   map[string]*ssa.Package // those with source, by import path
	registered map[string]bool         // full names of functions that only a callee runs
	serving    map[*ssa.Function]bool  // see findServing
	others     map[*ssa.Function]bool  // see findAlternatives
	embedded   map[*ssa.Package][]Path // variables of go:embed
}

// New builds the code of packages. The functions with the names in registered are
// registered with dispatch: to mention one does not run it.
func New(pkgs []*packages.Package, registered map[string]bool) *Program {
	if len(pkgs) == 0 {
		return &Program{}
	}
	p := &Program{
		ssa:        ssa.NewProgram(pkgs[0].Fset, ssa.InstantiateGenerics),
		packages:   make(map[string]*ssa.Package),
		registered: registered,
		embedded:   make(map[*ssa.Package][]Path),
	}
	p.ssa.SetNoReturn(neverReturns)
	source := make(map[*types.Package]*packages.Package)
	for _, pkg := range pkgs {
		source[pkg.Types] = pkg
	}
	created := make(map[*types.Package]bool)
	create := func(pkg *types.Package) {
		if created[pkg] {
			return
		}
		created[pkg] = true
		// The runtime's own source is no part of the model: rules stand for it.
		if src := source[pkg]; src != nil && !dispatchapi.IsRuntime(pkg.Path()) {
			made := p.ssa.CreatePackage(pkg, src.Syntax, src.TypesInfo, true)
			p.packages[pkg.Path()], p.embedded[made] = made, embedded(src)
		} else {
			p.ssa.CreatePackage(pkg, nil, nil, true)
		}
	}
	for _, pkg := range pkgs {
		create(pkg.Types)
		for _, imp := range pkg.Types.Imports() {
			create(imp) // code names objects of direct imports only
		}
	}
	for _, pkg := range p.packages {
		pkg.Build()
	}
	p.findServing()
	p.findAlternatives()
	return p
}

// neverReturns reports whether fn ends the process or the goroutine.
func neverReturns(fn *types.Func) bool {
	switch fn.FullName() {
	case "os.Exit", "runtime.Goexit", "syscall.Exit", "log.Fatal", "log.Fatalf", "log.Fatalln", "log.Panic", "log.Panicf", "log.Panicln",
		"(*log.Logger).Fatal", "(*log.Logger).Fatalf", "(*log.Logger).Fatalln", "(*log.Logger).Panic", "(*log.Logger).Panicf", "(*log.Logger).Panicln":
		return true
	}
	return false
}

// Init returns the initialization of a package and of its imports, or nil.
func (p *Program) Init(path string) *ssa.Function { return p.member(path, "init") }

// Main returns the function main of a package, or nil.
func (p *Program) Main(path string) *ssa.Function { return p.member(path, "main") }

// Has reports whether a path is not a variable, or one of a package with source. Other
// packages give their variables values themselves.
func (p *Program) Has(q Path) bool { return !q.IsVariable() || p.packages[q.Package()] != nil }

func (p *Program) member(path, name string) *ssa.Function {
	if pkg := p.packages[path]; pkg != nil {
		return pkg.Func(name)
	}
	return nil
}

// Func returns the function with source that declares obj, or nil.
func (p *Program) Func(obj *types.Func) *ssa.Function {
	if p.ssa == nil {
		return nil
	}
	if fn := p.ssa.FuncValue(obj); fn != nil && fn.Blocks != nil {
		return fn
	}
	return nil
}

// Functions returns all functions, methods and literals of a package.
func (p *Program) Functions(path string) []*ssa.Function {
	pkg := p.packages[path]
	if pkg == nil {
		return nil
	}
	var out []*ssa.Function
	add := func(fn *ssa.Function) { out = appendWithLiterals(out, fn) }
	for _, m := range pkg.Members {
		switch m := m.(type) {
		case *ssa.Function:
			add(m)
		case *ssa.Type:
			named, ok := types.Unalias(m.Type()).(*types.Named)
			if !ok {
				continue
			}
			for method := range named.Methods() {
				if fn := p.ssa.FuncValue(method); fn != nil {
					add(fn)
				}
			}
		}
	}
	slices.SortFunc(out, func(a, b *ssa.Function) int { return int(a.Pos()) - int(b.Pos()) })
	return out
}

func appendWithLiterals(fns []*ssa.Function, fn *ssa.Function) []*ssa.Function {
	fns = append(fns, fn)
	for _, lit := range fn.AnonFuncs {
		fns = appendWithLiterals(fns, lit)
	}
	return fns
}

// all returns all functions with source.
func (p *Program) all() []*ssa.Function {
	var out []*ssa.Function
	for path := range p.packages {
		out = append(out, p.Functions(path)...)
	}
	return out
}

// isRegistered reports whether fn runs only where calls are executed.
func (p *Program) isRegistered(fn *ssa.Function) bool {
	obj, ok := fn.Object().(*types.Func)
	return ok && p.registered[obj.FullName()]
}

// fullName returns the full name of the function that a call names, without type
// arguments, or "" if it is not known before the program runs.
func fullName(call *ssa.CallCommon) string {
	if obj := calleeObject(call); obj != nil {
		return obj.FullName()
	}
	return ""
}

// calleeObject returns the declared function or the method of an interface that a call
// names, or nil.
func calleeObject(call *ssa.CallCommon) *types.Func {
	if call.IsInvoke() {
		return call.Method
	}
	if fn := call.StaticCallee(); fn != nil {
		if fn.Origin() != nil {
			fn = fn.Origin()
		}
		if obj, ok := fn.Object().(*types.Func); ok {
			return obj.Origin()
		}
	}
	return nil
}
