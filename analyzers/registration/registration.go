// Package registration models the functions that a package registers with
// dispatch. It reports nothing: the checks and the generator read its result,
// and its fact carries the registrations of a package and its imports to the
// packages that import it.
//
// The model accepts a registration that runs once, unconditionally, during
// package initialization: in the initializer of a package variable, in init, or
// in a function that only these call. The registered function must be a named
// top-level function, and the names in its options must be constants. The options
// may be [Shared] by several registrations. The
// registration may go through a [Helper], a function in this package or another
// that passes its parameters on to dispatch.Register. Every other use of
// dispatch.Register, or of a helper, has a [Problem]. If dispatchregister, which
// reports the problems, finds none, the model has missed no registration, except
// by reflection or linkname.
//
// The package is for the checks and commands of this module. It is public only because
// they have different parents; it promises no compatibility.
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
	Name    string   // the name on the wire
	Aliases []string // other names that it is served under
	Queue   string   // the queue of its calls; if empty, the client's own queue
	Func    string   // as written in Go code: thumbs.makeThumb
	Var     string   // the variable that holds it: thumbs.Make; may be empty
	Package string   // import path of the package that registers it
	Pos     string   // file:line, without the folder
	Calls   bool     // whether it may use the Call of a Func, itself or through others
	Client  bool     // whether it may set a client
	Delay   string   // a place where it may delay a call; see Effect
}

// Names returns every name that the function is served under.
func (f *Function) Names() []string {
	return slices.Concat([]string{f.Name}, f.Aliases)
}

// A Fact holds the registrations of a package and of all its imports. It repeats
// the imports' registrations because go vet passes on the facts of direct imports
// only.
type Fact struct {
	Functions []Function // sorted by name, then by package
	Helpers   []Helper   // sorted by Func
	Effects   []Effect   // sorted by Func
	Shared    []Shared   // sorted by Object
	Calls     bool       // whether the field Call of a Func is used
	Client    bool       // whether a transport is linked that DISPATCH_URL can name
	Protobuf  bool       // whether the package that encodes messages is linked

	// Transports are the import paths of the transports that are used or linked, and of
	// the packages with a transport of their own, sorted.
	Transports []string

	Allowed []Allowed // sorted by Pos
}

func (*Fact) AFact() {}

// String lists the functions as written in Go code, then the helpers and the shared
// options. It ends in
// "calls" if Calls is set. Tests match this text.
func (f *Fact) String() string {
	var names []string
	for _, fn := range f.Functions {
		names = append(names, fn.Func)
	}
	for _, h := range f.Helpers {
		names = append(names, h.String())
	}
	for _, s := range f.Shared {
		names = append(names, s.String())
	}
	if f.Calls {
		names = append(names, "calls")
	}
	return "registers(" + strings.Join(names, " ") + ")"
}

// A Result is the model of one package.
type Result struct {
	// Registrations are the uses of dispatch.Register and of helpers, by
	// position. A call that only forwards parameters of the helper around it is
	// included only if it has problems.
	Registrations []*Registration

	// Entrypoints are the expressions outside tests that make the package an
	// entrypoint: they call, or otherwise use, a function that serves. Uses in
	// functions for other packages to call are left out, because the callers are
	// the entrypoints.
	Entrypoints []ast.Expr

	// ByMain reports that the package is not main and that no entrypoint is in
	// init. If programs import the package, they must import the functions to
	// serve; the package itself need not.
	ByMain bool

	// Serves are the patterns of its //dispatch:serves directives.
	Serves []Pattern

	// Allowed are the names that the package and its imports pass to
	// entrypoint.Allow.
	Allowed []Allowed

	// Calls reports whether the package or a test of it uses the field Call of a
	// Func.
	Calls bool

	// Facts are the facts of its direct imports outside tests, by import path.
	Facts map[string]*Fact

	// Imported are the functions that its imports register.
	Imported []Function

	// Union is the fact of the package.
	Union Fact

	reaches bool
	effects map[string]Effect // by full name
}

// ReachesRuntime reports whether the package imports the runtime, directly or
// indirectly. If not, there is nothing to check.
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
	linked := importsOutsideTests(pass)
	for _, imp := range pass.Pkg.Imports() {
		r.reaches = r.reaches || dispatchapi.IsMarker(imp.Path())
		f := new(Fact)
		if pass.ImportPackageFact(imp, f) {
			r.reaches = true
			r.Union.Helpers = append(r.Union.Helpers, f.Helpers...)
			r.Union.Shared = append(r.Union.Shared, f.Shared...)
		}
		if !linked[imp] {
			continue // only tests import it
		}
		r.Facts[imp.Path()] = f
		r.Imported = append(r.Imported, f.Functions...)
		r.Union.Effects = append(r.Union.Effects, f.Effects...)
		r.Union.Calls = r.Union.Calls || f.Calls
		r.Union.Client = r.Union.Client || f.Client
		r.Union.Protobuf = r.Union.Protobuf || f.Protobuf || imp.Path() == dispatchapi.Protobuf
		r.Union.Allowed = append(r.Union.Allowed, f.Allowed...)
		r.Union.Transports = append(r.Union.Transports, f.Transports...)
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

// importsOutsideTests returns the packages that files other than tests import.
func importsOutsideTests(pass *analysis.Pass) map[*types.Package]bool {
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

// Same reports whether f and g are the same registration.
func (f Function) Same(g Function) bool {
	return f.Name == g.Name && f.Package == g.Package && f.Pos == g.Pos
}

// normalize sorts functions and removes duplicates, which arrive when several
// imports share a dependency.
func normalize(fns []Function) []Function {
	slices.SortFunc(fns, func(a, b Function) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Package, b.Package), cmp.Compare(a.Pos, b.Pos))
	})
	return slices.CompactFunc(fns, Function.Same)
}

// NameOf returns the name of the top-level function fn on the wire, unless an
// option sets another. The runtime computes the same name.
func NameOf(fn *types.Func) string { return funcname.Join(PathOf(fn.Pkg()), fn.Name()) }

// PathOf returns the path by which the runtime knows pkg. For a program, it is
// main, whatever the folder.
func PathOf(pkg *types.Package) string {
	if pkg.Name() == "main" {
		return "main"
	}
	return pkg.Path()
}

// position formats pos as file:line, without the folder.
func position(fset *token.FileSet, pos token.Pos) string {
	p := fset.Position(pos)
	return fmt.Sprintf("%s:%d", filepath.Base(p.Filename), p.Line)
}
