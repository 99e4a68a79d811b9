package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/cloud-functions-dispatch/go/analyzers"
	"github.com/cloud-functions-dispatch/go/analyzers/load"
	"github.com/cloud-functions-dispatch/go/cmd/internal/scripttest"
	"github.com/cloud-functions-dispatch/go/internal/modcache"
	"github.com/cloud-functions-dispatch/go/internal/property"
	"github.com/cloud-functions-dispatch/go/internal/race"
)

var (
	programsFlag = flag.Int("programs", 0, "number of programs that TestPrograms makes; if 0, 300 with -long, 6 under the race detector, and otherwise a part of the kinds, as -kinds says")
	kindsFlag    = flag.Int("kinds", 2, "how many kinds of programs TestPrograms makes without other flags; -seed chooses them")
)

// TestPrograms makes random programs, correct ones and ones with one mistake. It
// vets each and then runs it: the callee executes the calls that the caller
// publishes over the in-memory transport. A program that fails must have been
// reported. A program that was reported must fail, unless its kind of mistake is
// reported by policy.
func TestPrograms(t *testing.T) {
	t.Parallel()
	modcache.Fill(t)
	seed, n, step := property.Seed(), *programsFlag, 1
	switch {
	case n > 0:
	case property.Long():
		n = 300
	case race.Enabled:
		n = 6
		t.Logf("%d programs only: the race detector has nothing to find in them", n)
	default:
		n = len(allMistakes()) + 3
		step = (n-1)/max(*kindsFlag, 1) + 1
		t.Logf("every %dth of %d kinds: run it with -kinds=%d for all", step, n, n)
	}
	counts := make(map[string]int)
	var mu sync.Mutex
	t.Run("programs", func(t *testing.T) {
		for i := (int(seed%uint64(step)) + step - 1) % step; i < n; i += step {
			p := newProgram(rand.New(rand.NewPCG(seed, uint64(i))), i)
			t.Run(fmt.Sprintf("%d %s", i, p.mistake.kind), func(t *testing.T) {
				t.Parallel()
				outcome, wrong := p.verdict(t)
				if wrong != "" {
					t.Errorf("-seed=%d -programs=%d: %s\n%s", seed, n, wrong, p)
				}
				mu.Lock()
				defer mu.Unlock()
				counts[outcome]++
			})
		}
	})
	t.Logf("-seed=%d: %d programs: %v", seed, n, counts)
}

// verdict vets and runs a program. It returns a word for the outcome, and an error
// text if dispatchvet was wrong about the program.
func (p *program) verdict(t *testing.T) (outcome, wrong string) {
	dir := t.TempDir()
	p.write(t, dir)
	found := vet(t, dir)
	failure := p.run(t, dir)
	switch {
	case p.mistake.kind == noMistake && (len(found) > 0 || failure != ""):
		return "wrong", fmt.Sprintf("a correct program: reported with %q, failure %q", found, failure)
	case p.mistake.kind == noMistake:
		return noMistake, ""
	case len(found) == 0 && failure == "":
		return "wrong", "the mistake has no effect"
	case len(found) == 0:
		return "missed", "silent, and it fails: " + failure
	case failure == "" && p.mistake.policy == "":
		return "reported wrongly", fmt.Sprintf("reported with %q, but it works", found)
	case failure == "":
		return p.mistake.kind + " (by policy)", ""
	case len(found) > 1 && !p.mistake.several:
		return "repeated", fmt.Sprintf("one mistake is reported more than once: %q", found)
	}
	return p.mistake.kind, ""
}

// vet returns dispatchvet's diagnostics on the module in dir.
func vet(t *testing.T, dir string) []load.Diagnostic {
	t.Helper()
	program, err := load.Load(context.Background(), &load.Config{Dir: dir}, analyzers.Suite, "./...")
	if err != nil {
		t.Fatal(err)
	}
	for _, pkg := range program.Broken() {
		t.Fatalf("%s does not compile: %s", pkg.PkgPath, program.Why(pkg))
	}
	return program.Diagnostics()
}

// run builds the program and runs its caller, and then its callee on the published
// calls. It returns the failure, or "" if every call was executed with its
// arguments.
func (p *program) run(t *testing.T, dir string) string {
	t.Helper()
	// The two are deployed from separate builds.
	for name, flag := range map[string]string{"caller": "-tags=caller", "callee": "-tags=callee"} {
		cmd := exec.Command("go", "build", flag, "-ldflags=-s -w", "-o", name+".exe", "./"+name)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("build %s: %v\n%s", name, err, out)
		}
	}
	published, err := runIn(dir, "CALLER=1", nil, "caller.exe")
	if err != nil {
		return "the caller: " + err.Error()
	}
	ran, err := runIn(dir, "CALLEE=1", published, "callee.exe")
	if err != nil {
		return "the callee: " + err.Error()
	}
	want, got := linesOf(published, "called "), linesOf(ran, "ran ")
	if !slices.Equal(want, got) {
		return fmt.Sprintf("called %q, ran %q", want, got)
	}
	if len(want) == 0 {
		t.Fatal("the program calls nothing")
	}
	return ""
}

// runIn runs a program in dir and returns its output.
func runIn(dir, env string, stdin []byte, name string) ([]byte, error) {
	cmd := exec.Command(filepath.Join(dir, name))
	cmd.Stdin = bytes.NewReader(stdin)
	cmd.Env = append(os.Environ(), env, "DISPATCH_URL=")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%w: %.300s", err, stderr.String())
	}
	return out, nil
}

// linesOf returns the lines that have a prefix, sorted and without the prefix.
func linesOf(out []byte, prefix string) []string {
	var lines []string
	for line := range strings.Lines(string(out)) {
		if rest, ok := strings.CutPrefix(line, prefix); ok {
			lines = append(lines, strings.TrimSpace(rest))
		}
	}
	slices.Sort(lines)
	return lines
}

// write writes the program's module into dir.
func (p *program) write(t *testing.T, dir string) {
	t.Helper()
	_, file, _, _ := runtime.Caller(0)
	root := filepath.Join(filepath.Dir(file), "..", "..")
	if err := scripttest.WriteModule(root, dir, "example.com/app"); err != nil {
		t.Fatal(err)
	}
	for name, text := range p.files {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// String returns the files that differ from program to program.
func (p *program) String() string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(p.files)) {
		if !strings.HasPrefix(name, "report/") {
			fmt.Fprintf(&b, "-- %s --\n%s", name, p.files[name])
		}
	}
	return b.String()
}
