// Package registration is the one model of what a package registers with
// dispatch. It reports nothing: the checks and the generator read its result,
// and its fact carries what a package and its imports register to the
// packages that import it.
//
// It reads a registration that runs when the package is initialized, once and
// unconditionally: in the initializer of a package variable, in init, or in a
// function that only those call. The function that is registered must be named
// at the top level, and the names in its options be constants. All of that may
// go through a [Helper], a function that passes its parameters on to
// dispatch.Register, in this package or another. Whatever else is done with
// dispatch.Register, or with a helper of the package or of an import, has a
// Problem, so that silence of the check that reports those is sound.
package registration

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/cloud-functions-dispatch/go/analyzers/internal/dispatchapi"
	"github.com/cloud-functions-dispatch/go/internal/funcname"
)

// RuntimeModule is the path of the runtime's module.
const RuntimeModule = dispatchapi.Module

var Analyzer = &analysis.Analyzer{
	Name:       "registration",
	Doc:        "find the functions registered with dispatch\n\nIt reports nothing; other analyzers and dispatchmain use its result.",
	URL:        "https://pkg.go.dev/github.com/cloud-functions-dispatch/go/analyzers/registration",
	Run:        run,
	ResultType: reflect.TypeFor[*Result](),
	FactTypes:  []analysis.Fact{new(Fact)},
}

// A Function is one registered function, in the form that facts carry.
type Function struct {
	Name    string   // on the wire
	Aliases []string // other names that it is served under
	Queue   string   // that its calls go to; empty is the client's own
	Func    string   // as Go code writes it: thumbs.makeThumb
	Var     string   // the variable that holds it: thumbs.Make; may be empty
	Package string   // import path of the package that registers it
	Pos     string   // file:line, without the folder
	Calls   bool     // it can come to the Call of a Func
}

// Names returns every name that the function is served under.
func (f *Function) Names() []string {
	return slices.Concat([]string{f.Name}, f.Aliases)
}

// A Fact is the union of what a package and its imports register: under go
// vet, facts come from direct imports only.
type Fact struct {
	Functions []Function // sorted by name, then by package
	Helpers   []Helper   // sorted by Func
	Callers   []Caller   // sorted by Func
	Calls     bool       // whether the field Call of a Func is used
	Client    bool       // whether a transport is linked, or a client made
}

func (*Fact) AFact() {}

// String lists the functions as Go code writes them, and what else there is.
func (f *Fact) String() string {
	var names []string
	for _, fn := range f.Functions {
		names = append(names, fn.Func)
	}
	for _, h := range f.Helpers {
		names = append(names, h.String())
	}
	if f.Calls {
		names = append(names, "calls")
	}
	return "registers(" + strings.Join(names, " ") + ")"
}

// A Result is what the model knows of one package.
type Result struct {
	// Registrations are the uses of dispatch.Register, by position.
	Registrations []*Registration

	// Entrypoints are what, outside of tests, makes the package an entrypoint:
	// calls, or other uses of what serves. Those in functions that are for others to call are not among
	// them: their callers are entrypoints.
	Entrypoints []ast.Expr

	// ByMain says that none of these is in main or init, so that a program that
	// imports the package, if there is one, is what serves.
	ByMain bool

	// Serves are the patterns of its //dispatch:serves directives.
	Serves []Pattern

	// Calls says that the package, or a test of it, uses the field Call of a
	// Func.
	Calls bool

	// Facts are those of its direct imports, by import path.
	Facts map[string]*Fact

	// Imported are the functions that its imports register.
	Imported []Function

	// Union is the fact of the package.
	Union Fact

	reaches bool
	callers map[string]bool // by full name, whether they are strict
}

// ReachesRuntime reports whether the package imports the runtime, directly or
// not. There is nothing to check in others.
func (r *Result) ReachesRuntime() bool { return r.reaches }

// Own returns the functions that the package itself registers for others to
// call, by position.
func (r *Result) Own() []Function {
	var own []Function
	for _, reg := range r.Registrations {
		if reg.Served {
			own = append(own, reg.Function)
		}
	}
	return own
}

// A Pattern is one argument of a //dispatch:serves directive.
type Pattern struct {
	Text string
	Pos  token.Pos
}

func run(pass *analysis.Pass) (any, error) {
	r := &Result{Facts: make(map[string]*Fact)}
	own := imports(pass)
	for _, imp := range pass.Pkg.Imports() {
		r.reaches = r.reaches || dispatchapi.IsMarker(imp.Path())
		f := new(Fact)
		if pass.ImportPackageFact(imp, f) {
			r.reaches = true
			r.Union.Helpers = append(r.Union.Helpers, f.Helpers...)
		}
		if !own[imp] {
			continue // a test has it, the program has not
		}
		r.Facts[imp.Path()] = f
		r.Imported = append(r.Imported, f.Functions...)
		r.Union.Callers = append(r.Union.Callers, f.Callers...)
		r.Union.Calls = r.Union.Calls || f.Calls
		r.Union.Client = r.Union.Client || f.Client || dispatchapi.IsTransport(imp.Path())
	}
	r.Imported = normalize(r.Imported)
	if !r.reaches || pass.Pkg.Path() == dispatchapi.Path {
		return r, nil
	}
	newModel(pass, r).read()
	r.Union.Functions = normalize(slices.Concat(r.Imported, r.Own()))
	pass.ExportPackageFact(&r.Union)
	return r, nil
}

// imports returns what the files of the package import that are no tests.
func imports(pass *analysis.Pass) map[*types.Package]bool {
	own := make(map[*types.Package]bool)
	for _, f := range pass.Files {
		if strings.HasSuffix(pass.Fset.File(f.FileStart).Name(), "_test.go") {
			continue
		}
		for _, spec := range f.Imports {
			obj := pass.TypesInfo.Implicits[spec]
			if spec.Name != nil {
				obj = pass.TypesInfo.Defs[spec.Name]
			}
			if name, ok := obj.(*types.PkgName); ok {
				own[name.Imported()] = true
			}
		}
	}
	return own
}

// Same reports whether f and g are one registration.
func (f Function) Same(g Function) bool {
	return f.Name == g.Name && f.Package == g.Package && f.Pos == g.Pos
}

// normalize sorts functions and drops repetitions, as they come over several
// imports.
func normalize(fns []Function) []Function {
	slices.SortFunc(fns, func(a, b Function) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Package, b.Package), cmp.Compare(a.Pos, b.Pos))
	})
	return slices.CompactFunc(fns, Function.Same)
}

// NameOf returns the name of the top-level function fn on the wire, which is
// the one that the runtime finds for it.
func NameOf(fn *types.Func) string { return funcname.Join(PathOf(fn.Pkg()), fn.Name()) }

// PathOf returns the path by which the runtime knows pkg: that of a program is
// main, whatever its folder.
func PathOf(pkg *types.Package) string {
	if pkg.Name() == "main" {
		return "main"
	}
	return pkg.Path()
}

// position formats pos for people, without the folder.
func position(fset *token.FileSet, pos token.Pos) string {
	p := fset.Position(pos)
	return fmt.Sprintf("%s:%d", filepath.Base(p.Filename), p.Line)
}
