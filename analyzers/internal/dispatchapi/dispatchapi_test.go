package dispatchapi_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"testing"

	"golang.org/x/tools/go/packages"

	"github.com/cloud-functions-dispatch/go/analyzers/internal/dispatchapi"
)

// TestTable compares the table with the real packages.
func TestTable(t *testing.T) {
	t.Parallel()
	pkgs, err := packages.Load(&packages.Config{Mode: packages.LoadTypes}, dispatchapi.Path, dispatchapi.CloudEvent, dispatchapi.Lambda, dispatchapi.PubSub, dispatchapi.PubSubREST, dispatchapi.SQS)
	if err != nil {
		t.Fatal(err)
	}
	found := make(map[string]*types.Package)
	for _, p := range pkgs {
		if len(p.Errors) > 0 {
			t.Fatalf("load %s: %v", p.PkgPath, p.Errors)
		}
		found[p.PkgPath] = p.Types
	}
	for _, path := range []string{dispatchapi.Path, dispatchapi.CloudEvent, dispatchapi.Lambda, dispatchapi.PubSub, dispatchapi.PubSubREST, dispatchapi.SQS} {
		if found[path] == nil {
			t.Fatalf("there is no package %s", path)
		}
	}
	scope := found[dispatchapi.Path].Scope()
	for _, name := range []string{dispatchapi.Register, dispatchapi.Name, dispatchapi.Alias, dispatchapi.Queue, dispatchapi.Timeout, dispatchapi.Concurrency} {
		fn, ok := scope.Lookup(name).(*types.Func)
		if !ok || !dispatchapi.Is(fn, name) {
			t.Errorf("dispatch has no function %s", name)
		}
	}
	obj := scope.Lookup(dispatchapi.Func)
	if obj == nil || !dispatchapi.IsFunc(obj.Type()) {
		t.Fatalf("dispatch has no type %s", dispatchapi.Func)
	}
	field, _, _ := types.LookupFieldOrMethod(obj.Type(), true, obj.Pkg(), dispatchapi.Call)
	if v, ok := field.(*types.Var); !ok || !v.IsField() {
		t.Errorf("dispatch.Func has no field %s", dispatchapi.Call)
	}
	for _, name := range []string{dispatchapi.RegisterOption, dispatchapi.Option} {
		obj := scope.Lookup(name)
		if obj == nil || !dispatchapi.IsOptions(obj.Type()) || !dispatchapi.IsOptions(types.NewSlice(obj.Type())) {
			t.Errorf("dispatch has no type of options %s", name)
		}
	}
	if !dispatchapi.IsEntrypoint(dispatchapi.CloudEvent) {
		t.Errorf("%s is not below %s", dispatchapi.CloudEvent, dispatchapi.Entrypoint)
	}
}

// TestServes has the functions of package entrypoint itself: some make an executor, the
// others make options.
func TestServes(t *testing.T) {
	t.Parallel()
	const source = `package entrypoint

type Option interface{ Apply(int) error }

type Executor struct{}

func (*Executor) Handle(int) error { return nil }

func New(...Option) *Executor             { return nil }
func Open(...Option) (*Executor, error)   { return nil, nil }
func Handler(...Option) func(int) error   { return nil }
func Allow(names ...string) Option        { return nil }
func Explain()                            {}
`
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "entrypoint.go", source, 0)
	if err != nil {
		t.Fatal(err)
	}
	pkg, err := new(types.Config).Check(dispatchapi.Entrypoint, fset, []*ast.File{f}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{"New": true, "Open": true, "Handler": true, "Allow": false, "Explain": false} {
		if got := dispatchapi.Serves(pkg.Scope().Lookup(name).(*types.Func)); got != want {
			t.Errorf("Serves(entrypoint.%s) = %t, want %t", name, got, want)
		}
	}
}
