package registration_test

import (
	"maps"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/go/analysis/analysistest"

	"github.com/cloud-functions-dispatch/go/analyzers/internal/fixtures"
	"github.com/cloud-functions-dispatch/go/analyzers/load"
	"github.com/cloud-functions-dispatch/go/analyzers/registration"
)

func TestFacts(t *testing.T) {
	analysistest.Run(t, fixtures.Dir(t), registration.Analyzer, "./src/registration/facts/...", "./src/registration/helpers", "./src/registration/options/...")
}

// TestNames_agree builds and runs a program, and compares the names in the model
// with the names that the runtime gives to the program's functions.
func TestNames_agree(t *testing.T) {
	t.Parallel()
	const printPkg = "example.com/fixtures/src/registration/print"
	p, err := load.Load(t.Context(), &load.Config{Dir: fixtures.Dir(t)}, nil, printPkg)
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[string]string)
	for _, f := range p.Model(printPkg).Union.Functions {
		if f.Var != "" {
			got[strings.TrimPrefix(f.Package, "example.com/fixtures/src/registration/")+" "+f.Var[strings.IndexByte(f.Var, '.')+1:]] = f.Name
		}
	}
	cmd := exec.Command("go", "run", printPkg)
	cmd.Dir = fixtures.Dir(t)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("run %s: %v", printPkg, err)
	}
	want := make(map[string]string)
	for line := range strings.Lines(string(out)) {
		f := strings.Fields(line)
		want[f[0]+" "+f[1]] = f[2]
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("names of the model and of the runtime differ (-runtime +model):\n%s", diff)
	}
	if n := len(slices.Collect(maps.Keys(want))); n != 7 {
		t.Errorf("the program names %d functions, want 7", n)
	}
}
