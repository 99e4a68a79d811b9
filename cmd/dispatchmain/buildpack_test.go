package main

import (
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// buildpackCommand is the script command
//
//	buildpack DIR TARGET OUT
//
// It builds a copy of DIR as Google's buildpack for Go does.
func buildpackCommand(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: buildpack dir target out")
	}
	err := buildpack(ts, ts.MkAbs(args[0]), args[1], ts.MkAbs(args[2]))
	switch {
	case err != nil && !neg:
		ts.Fatalf("buildpack: %v", err)
	case err == nil && neg:
		ts.Fatalf("buildpack: unexpected success")
	case err != nil:
		ts.Logf("%v", err)
	}
}

const (
	framework = "github.com/GoogleCloudPlatform/functions-framework-go"
	appModule = "functions.local/app"
)

// buildpack follows the steps of cmd/go/functions_framework/lib of
// GoogleCloudPlatform/buildpacks (BuildFn, createMainGoMod and
// createMainGoModVendored, for Go 1.23 and later), but fetches no modules.
func buildpack(ts *testscript.TestScript, dir, target, out string) error {
	// The upload contains the source and nothing else.
	upload, err := os.MkdirTemp("", "buildpack")
	if err != nil {
		return err
	}
	defer os.RemoveAll(upload)
	source := filepath.Join(upload, "serverless_function_source_code")
	if err := os.CopyFS(source, os.DirFS(dir)); err != nil {
		return err
	}
	name, imports, err := packageOf(source)
	if err != nil {
		return fmt.Errorf("error extracting package name: %w", err)
	}
	_ = name // the buildpack would use a folder of that name only if it were beside the source
	mod, err := goIn(ts, source, "list", "-m")
	if err != nil {
		return err
	}
	if first, _, _ := strings.Cut(mod, "/"); !strings.Contains(first, ".") {
		return fmt.Errorf("the module path in the function's go.mod must contain a dot in the first path element, found: %s", mod)
	}
	version, err := goIn(ts, source, "list", "-m", "-f", "{{.Version}}", framework)
	if err != nil {
		version = ""
	}
	if _, err := os.Stat(filepath.Join(source, "vendor")); err == nil {
		_, err := os.Stat(filepath.Join(source, "vendor", filepath.FromSlash(framework), "funcframework"))
		if version == "" || err != nil {
			return fmt.Errorf("vendored dependencies must include %s", framework)
		}
	}
	app := filepath.Join(source, filepath.FromSlash(appModule))
	if err := os.MkdirAll(app, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(app, "main.go"), []byte(mainFile(mod, target, imports)), 0o666); err != nil {
		return err
	}
	_, err = goIn(ts, source, "build", "-o", out, app)
	return err
}

// packageOf is the buildpack's get_package: all .go files in the folder, including
// tests and ignored files, must belong to one package.
func packageOf(dir string) (string, map[string]bool, error) {
	//lint:ignore SA1019 the buildpack uses it
	pkgs, err := parser.ParseDir(token.NewFileSet(), dir, nil, parser.ImportsOnly)
	if err != nil {
		return "", nil, err
	}
	names := slices.Sorted(maps.Keys(pkgs))
	if len(names) != 1 {
		return "", nil, fmt.Errorf("want one package in user code directory, found %q", names)
	}
	imports := make(map[string]bool)
	for _, f := range pkgs[names[0]].Files {
		for _, imp := range f.Imports {
			imports[strings.Trim(imp.Path.Value, `"`)] = true
		}
	}
	return names[0], imports, nil
}

// mainFile returns the buildpack's main.go. If the package itself imports functions,
// its function is declarative. Otherwise main.go uses the target, which must be the
// name of a Go function.
func mainFile(pkg, target string, imports map[string]bool) string {
	use, call := "_", ""
	if !imports[framework+"/functions"] {
		use, call = "userfunction", "\t_ = userfunction."+target+"\n"
	}
	return `package main

import (
	"log"
	"os"

	` + use + ` "` + pkg + `"

	"` + framework + `/funcframework"
)

func main() {
` + call + `	port := os.Getenv("PORT")
	if port == "" {
		port = "8080"
	}
	if err := funcframework.Start(port); err != nil {
		log.Fatalf("Function failed to start: %v\n", err)
	}
}
`
}

// goIn runs the go command in dir, in the environment of the script.
func goIn(ts *testscript.TestScript, dir string, args ...string) (string, error) {
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	for _, name := range []string{"HOME", "PATH", "GOCACHE", "GOMODCACHE", "GOPROXY", "GOFLAGS", "GOTOOLCHAIN", "WORK"} {
		cmd.Env = append(cmd.Env, name+"="+ts.Getenv(name))
	}
	out, err := cmd.Output()
	if e, ok := errors.AsType[*exec.ExitError](err); ok {
		err = fmt.Errorf("go %s: %s", strings.Join(args, " "), e.Stderr)
	}
	return strings.TrimSpace(string(out)), err
}
