// Package scripttest runs the scripts that test the commands: real modules,
// the real go command, no network.
package scripttest

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/mod/modfile"
)

// module is the path of the module under test.
const module = "github.com/cloud-functions-dispatch/go"

// Run runs each script of testdata/script. Besides the usual commands, a
// script has
//
//	module PATH    write go.mod and go.sum of a module here that uses this one
//	vettool        build dispatchvet, and set VETTOOL to its path for go vet
//
// and those in more.
func Run(t *testing.T, more map[string]func(*testscript.TestScript, bool, []string)) {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	tool := sync.OnceValues(func() (string, error) { return buildVettool(root, t.TempDir()) })
	cmds := map[string]func(*testscript.TestScript, bool, []string){
		"module": func(ts *testscript.TestScript, neg bool, args []string) {
			if neg || len(args) != 1 {
				ts.Fatalf("usage: module path")
			}
			ts.Check(WriteModule(root, ts.MkAbs("."), args[0]))
		},
		"vettool": func(ts *testscript.TestScript, neg bool, args []string) {
			path, err := tool()
			ts.Check(err)
			ts.Setenv("VETTOOL", path)
		},
	}
	maps.Copy(cmds, more)
	env := goEnv(t)
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds:                cmds,
		Setup: func(e *testscript.Env) error {
			e.Vars = append(e.Vars, env...)
			e.Vars = append(e.Vars, "ROOT="+root)
			return nil
		},
	})
}

// buildVettool builds dispatchvet. The test binary would serve as well, but go
// vet starts it hundreds of times, which takes minutes under the race detector,
// and caches what it says by the tool's own hash, which then differs each time.
func buildVettool(root, dir string) (string, error) {
	path := filepath.Join(dir, "dispatchvet")
	if runtime.GOOS == "windows" {
		path += ".exe"
	}
	cmd := exec.Command("go", "build", "-o", path, "./cmd/dispatchvet")
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build dispatchvet: %w\n%s", err, out)
	}
	return path, nil
}

// goEnv has the go command use the caches here and nothing outside of them.
func goEnv(t *testing.T) []string {
	t.Helper()
	vars := []string{"GOCACHE", "GOMODCACHE", "GOTOOLCHAIN"}
	out, err := exec.Command("go", append([]string{"env"}, vars...)...).Output()
	if err != nil {
		t.Fatalf("go env: %v", err)
	}
	env := []string{"GOPROXY=off", "GOFLAGS=-buildvcs=false", "GOWORK="}
	for i, value := range strings.Split(strings.TrimSpace(string(out)), "\n") {
		env = append(env, vars[i]+"="+value)
	}
	return env
}

// WriteModule writes go.mod and go.sum of the module path into dir: it uses
// the module at root from there, and all else in the same versions, so that
// nothing need be looked up.
func WriteModule(root, dir, path string) error {
	data, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		return err
	}
	f, err := modfile.Parse("go.mod", data, nil)
	if err != nil {
		return err
	}
	if err := f.AddModuleStmt(path); err != nil {
		return err
	}
	if err := f.AddRequire(module, "v0.0.0-00010101000000-000000000000"); err != nil {
		return err
	}
	if err := f.AddReplace(module, "", root, ""); err != nil {
		return err
	}
	if data, err = f.Format(); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), data, 0o666); err != nil {
		return err
	}
	sum, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "go.sum"), sum, 0o666)
}
