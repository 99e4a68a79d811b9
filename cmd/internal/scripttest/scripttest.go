// Package scripttest runs the scripts that test the commands. They use real modules
// and the real go command, but no network.
package scripttest

import (
	"errors"
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

	"github.com/cloud-functions-dispatch/go/internal/modcache"
	"github.com/cloud-functions-dispatch/go/internal/property"
	"github.com/cloud-functions-dispatch/go/internal/race"
)

// module is the path of the module under test.
const module = "github.com/cloud-functions-dispatch/go"

// Run runs each script in testdata/script. Besides the usual commands, a script can
// use
//
//	module PATH    write go.mod and go.sum of a module that uses this one
//	vettool        build dispatchvet, and set VETTOOL to its path for go vet
//
// and the commands in extra. The condition [race] is true under the race detector.
func Run(t *testing.T, extra map[string]func(*testscript.TestScript, bool, []string)) {
	t.Helper()
	run(t, "testdata/script", extra)
}

// RunLong runs the scripts in testdata/long, which take long, if the flag -long is set.
func RunLong(t *testing.T, extra map[string]func(*testscript.TestScript, bool, []string)) {
	t.Helper()
	if !property.Long() {
		t.Skip("the scripts in testdata/long take minutes: run them with -long, as .ci/run does")
	}
	run(t, "testdata/long", extra)
}

func run(t *testing.T, dir string, extra map[string]func(*testscript.TestScript, bool, []string)) {
	t.Helper()
	modcache.Fill(t)
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
	maps.Copy(cmds, extra)
	env := goEnv(t)
	testscript.Run(t, testscript.Params{
		Dir:                 dir,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds:                cmds,
		Condition: func(cond string) (bool, error) {
			if cond != "race" {
				return false, fmt.Errorf("unknown condition %q", cond)
			}
			return race.Enabled, nil
		},
		Setup: func(e *testscript.Env) error {
			e.Vars = append(e.Vars, env...)
			e.Vars = append(e.Vars, "ROOT="+root)
			return nil
		},
	})
}

// buildVettool builds dispatchvet. The test binary could be the tool, but go vet starts
// its tool hundreds of times, which takes minutes under the race detector, and caches
// results by the hash of the tool, which changes with each test binary.
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

// goEnv returns environment variables that make the go command use only the caches of
// this machine.
func goEnv(t *testing.T) []string {
	t.Helper()
	vars := []string{"GOCACHE", "GOMODCACHE", "GOTOOLCHAIN"}
	out, err := exec.Command("go", append([]string{"env"}, vars...)...).Output()
	if err != nil {
		t.Fatalf("go env: %v", err)
	}
	env := []string{"GOPROXY=off", "GOSUMDB=off", "GOFLAGS=-buildvcs=false", "GOWORK="}
	for i, value := range strings.Split(strings.TrimSpace(string(out)), "\n") {
		env = append(env, vars[i]+"="+value)
	}
	return env
}

// WriteModule writes go.mod and go.sum of the module path into dir. The module uses
// the module at root, and all others in the same versions, so that no version needs
// to be looked up. It can also import the modules that the fixtures require.
func WriteModule(root, dir, path string) error {
	f, err := parseMod(root)
	if err != nil {
		return err
	}
	fixtures, err := parseMod(filepath.Join(root, "testdata"))
	if err != nil {
		return err
	}
	for _, r := range fixtures.Require {
		err = errors.Join(err, f.AddRequire(r.Mod.Path, r.Mod.Version))
	}
	err = errors.Join(err,
		f.AddModuleStmt(path),
		f.AddRequire(module, "v0.0.0-00010101000000-000000000000"),
		f.AddReplace(module, "", root, ""))
	if err != nil {
		return err
	}
	data, err := f.Format()
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), data, 0o666); err != nil {
		return err
	}
	var sums []byte
	for _, from := range []string{root, filepath.Join(root, "testdata")} {
		sum, err := os.ReadFile(filepath.Join(from, "go.sum"))
		if err != nil {
			return err
		}
		sums = append(sums, sum...)
	}
	return os.WriteFile(filepath.Join(dir, "go.sum"), sums, 0o666)
}

// parseMod parses the go.mod in dir.
func parseMod(dir string) (*modfile.File, error) {
	data, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		return nil, err
	}
	return modfile.Parse("go.mod", data, nil)
}
