package dispatchregister

import (
	"go/ast"
	"go/token"
	"go/types"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ast/astutil"

	"github.com/cloud-functions-dispatch/go/analyzers/internal/dispatchapi"
	"github.com/cloud-functions-dispatch/go/analyzers/registration"
)

// canRetype reports whether the program still compiles if the Func that r makes has
// another type: nothing uses it yet.
func canRetype(pass *analysis.Pass, file *ast.File, r *registration.Registration) bool {
	if !dispatchapi.Is(dispatchapi.Callee(pass.TypesInfo, r.Call), dispatchapi.Register) {
		return false // the helper may need the type
	}
	if _, instance := ast.Unparen(r.Call.Fun).(*ast.IndexExpr); instance {
		return false
	}
	path, _ := astutil.PathEnclosingInterval(file, r.Call.Pos(), r.Call.End())
	if len(path) < 2 {
		return false
	}
	switch parent := path[1].(type) {
	case *ast.ExprStmt:
		return true
	case *ast.ValueSpec:
		if parent.Type != nil || len(parent.Names) != len(parent.Values) {
			return false
		}
		for i, v := range parent.Values {
			if v == r.Call {
				return parent.Names[i].Name == "_" || !isUsed(pass, parent.Names[i])
			}
		}
	case *ast.AssignStmt:
		return len(parent.Lhs) == 1 && types.ExprString(parent.Lhs[0]) == "_"
	}
	return false
}

// isUsed reports whether the package variable that id declares may be used, in the package
// or in another one of the module.
func isUsed(pass *analysis.Pass, id *ast.Ident) bool {
	v := pass.TypesInfo.Defs[id]
	if v == nil || v.Parent() != pass.Pkg.Scope() {
		return true
	}
	for _, obj := range pass.TypesInfo.Uses {
		if obj == v {
			return true
		}
	}
	dir := filepath.Dir(pass.Fset.Position(id.Pos()).Filename)
	return inTests(dir, id.Name) || id.IsExported() && inModule(dir, pass.Pkg.Path(), id.Name)
}

// inTests reports whether the text of a test in the folder mentions the name.
func inTests(dir, name string) bool {
	mention := regexp.MustCompile(`(^|[^.\w])` + name + `\b`)
	tests, _ := filepath.Glob(filepath.Join(dir, "*_test.go")) // a malformed pattern matches nothing
	for _, test := range tests {
		if src, err := os.ReadFile(test); err != nil || mention.Match(src) {
			return true
		}
	}
	return false
}

// inModule reports whether the text of a file in the module or workspace of the folder
// imports the package and may mention its variable of this name. It is true if the
// folder is in no module.
func inModule(dir, pkg, name string) bool {
	root := ""
	for d := dir; ; d = filepath.Dir(d) {
		for _, file := range []string{"go.mod", "go.work"} {
			if _, err := os.Stat(filepath.Join(d, file)); err == nil && (root == "" || file == "go.work") {
				root = d
			}
		}
		if d == filepath.Dir(d) {
			break
		}
	}
	if resolved, err := filepath.EvalSymlinks(root); err == nil {
		root = resolved // WalkDir does not follow it
	}
	mention := regexp.MustCompile(`(^|[^)\]\w])` + name + `\b[^(\w]`)
	found := root == ""
	_ = filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if found || err != nil || d.IsDir() || !strings.HasSuffix(file, ".go") {
			return nil
		}
		src, err := os.ReadFile(file)
		found = err != nil || strings.Contains(string(src), strconv.Quote(pkg)) && mention.Match(src)
		return nil
	})
	return found
}

// isTestFile reports whether pos is in a test file.
func isTestFile(pass *analysis.Pass, pos token.Pos) bool {
	return strings.HasSuffix(pass.Fset.File(pos).Name(), "_test.go")
}
