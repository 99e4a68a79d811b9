package dispatchargs_test

import (
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"go/types"
	"path/filepath"
	"testing"

	"golang.org/x/tools/go/analysis"

	"github.com/cloud-functions-dispatch/go/analyzers/dispatchargs"
)

// A position that was made with -trimpath names a file of a module, of the module cache
// or of the standard library.
func TestResolve(t *testing.T) {
	root, cache := t.TempDir(), t.TempDir()
	t.Setenv("GOMODCACHE", cache)
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, filepath.Join(root, "mail", "mail.go"), "package mail", 0)
	if err != nil {
		t.Fatal(err)
	}
	pass := &analysis.Pass{Fset: fset, Files: []*ast.File{file}, Pkg: types.NewPackage("example.com/App/mail", "mail"), Module: &analysis.Module{Path: "example.com/App"}}
	for name, want := range map[string]string{
		filepath.Join(root, "a.go"):                  filepath.Join(root, "a.go"),
		"example.com/App/sdk/Event.go":               filepath.Join(root, "sdk", "Event.go"),
		"example.com/App/a.go":                       filepath.Join(root, "a.go"),
		"github.com/Azure/sdk@v1.0.0-RC1/sub/Foo.go": filepath.Join(cache, "github.com", "!azure", "sdk@v1.0.0-!r!c1", "sub", "Foo.go"),
		"golang.org/x/oauth2@v0.38.0/token.go":       filepath.Join(cache, "golang.org", "x", "oauth2@v0.38.0", "token.go"),
		"net/http/cookie.go":                         filepath.Join(build.Default.GOROOT, "src", "net", "http", "cookie.go"),
	} {
		if got := dispatchargs.Resolve(pass, name); got != want {
			t.Errorf("Resolve(%s) = %s, want %s", name, got, want)
		}
	}
}
