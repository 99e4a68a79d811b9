package analyzers_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cloud-functions-dispatch/go/internal/race"
)

// mutants are faults, each of which a property test must find.
var mutants = []struct {
	file, old, new string
	pkg, test      string
	verdict        string // what the test says then
}{
	{ // a rule of the codec: a value of an interface with methods would survive
		"../internal/argtype/walk.go", "if t.NumMethod() > 0 {", "if t.NumMethod() > 1 {",
		"./dispatchargs", "TestProperty", "silent, and a value is lost",
	},
	{ // the rule for names, on the side of the model
		"../internal/funcname/funcname.go", `return pkg + "." + fn`, `return pkg + "/" + fn`,
		"./registration", "TestNames_property", "names of the program, and of the model",
	},
	{ // the model: a name that a helper gives is lost
		"registration/option.go", "text += p.Text", "text = p.Text",
		"./registration", "TestNames_property", "names of the program, and of the model",
	},
	{ // the model: what is under a condition is taken as if it were not
		"registration/placement.go", "problem = underCondition", "_ = underCondition",
		"../cmd/dispatchvet", "TestPrograms/programs/12_condition", "silent, and it fails",
	},
	{ // an analyzer: an entrypoint has all that it must serve
		"dispatchimport/dispatchimport.go", "if !d.reaches(f.Package)", "if false",
		"../cmd/dispatchvet", "TestPrograms/programs/0_missing_import", "silent, and it fails",
	},
}

// TestMutants: a property test that no fault turns red would prove nothing.
func TestMutants(t *testing.T) {
	if race.Enabled {
		t.Skip("it runs other tests in builds of their own, which have no race detector: run it without -race")
	}
	for _, m := range mutants {
		t.Run(filepath.Base(m.file), func(t *testing.T) {
			file, err := filepath.Abs(m.file)
			if err != nil {
				t.Fatal(err)
			}
			source := read(t, m.file)
			if !strings.Contains(source, m.old) {
				t.Fatalf("%s has no %q", m.file, m.old)
			}
			dir := t.TempDir()
			mutant, overlay := filepath.Join(dir, "mutant.go"), filepath.Join(dir, "overlay.json")
			list, err := json.Marshal(map[string]any{"Replace": map[string]string{file: mutant}})
			if err != nil {
				t.Fatal(err)
			}
			write(t, mutant, strings.ReplaceAll(source, m.old, m.new))
			write(t, overlay, string(list))
			cmd := exec.Command("go", "test", "-overlay="+overlay, "-run="+m.test+"$", m.pkg)
			out, err := cmd.CombinedOutput()
			switch {
			case err == nil:
				t.Errorf("%s is green although %q is %q in %s", m.test, m.old, m.new, m.file)
			case !strings.Contains(string(out), m.verdict):
				t.Errorf("%s has not come to the verdict %q:\n%s", m.test, m.verdict, out)
			}
		})
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}
