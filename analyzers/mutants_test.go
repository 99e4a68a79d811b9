package analyzers_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cloud-functions-dispatch/go/internal/property"
	"github.com/cloud-functions-dispatch/go/internal/race"
)

// mutants are faults that a property test must find.
var mutants = []struct {
	file, old, new string
	pkg, test      string
	verdict        string // the message of the failing test
}{
	{ // a rule of the codec: an interface with one method counts as encodable
		"../internal/argtype/walk.go", "if t.NumMethod() > 0 {", "if t.NumMethod() > 1 {",
		"./dispatchargs", "TestProperty", "silent, and a value is lost",
	},
	{ // a rule of the codec: unexported data counts as sent
		"../internal/argtype/fields.go", "if hasField || hasTag {", "if false {",
		"./dispatchargs", "TestTable", "hidden data: the check is silent",
	},
	{ // a rule of the codec: a decoder with a value receiver counts as one
		"../internal/argtype/methods.go", "t.ByValue(dec) &&", "false &&",
		"./dispatchargs", "TestTable", "value receiver, JSON: the check is silent",
	},
	{ // the check: an encoder that changes a field counts as keeping the shape
		"dispatchargs/shape.go", "return m.handed && m.onlyHands(decl.Body)", "return m.handed",
		"./dispatchargs", "TestTable", "encoder that hides a field: the check is silent",
	},
	{ // the runtime: a call does not try its arguments
		"../dispatch/internal/codec/verify.go", "if !s.verified {", "if true {",
		"./dispatchargs", "TestTable", "enum that refuses zero: the check is silent",
	},
	{ // the runtime: omitempty has the meaning of encoding/json/v2
		"../dispatch/internal/codec/codec.go", "jsonv1.OmitEmptyWithLegacySemantics(true)", "jsonv1.OmitEmptyWithLegacySemantics(false)",
		"./dispatchargs", "TestTable", "omitempty of a patch: the check is silent",
	},
	{ // the runtime: a message inside an argument is encoded like a struct
		"../dispatch/internal/codec/needs.go", "n.message = argtype.HasMessage(goType{t})", "n.message = false",
		"./dispatchargs", "TestTable", "message in a struct, opaque: the check is silent",
	},
	{ // a message does not need the package that encodes it
		"dispatchargs/dispatchargs.go", "if !model.Union.Protobuf {", "if false {",
		"./dispatchargs", "Test$", "no diagnostic was reported matching `argument 2 of protobuf.send",
	},
	{ // the processes: a guard that returns an error counts as one that copes
		"flow/failure.go", "ok && !set && !f.copes(b) && f.isNewError(v) {", "ok && false {",
		"./dispatchlocal", "TestPrograms", "no diagnostic was reported matching `only .*server imports .*drivers/pg",
	},
	{ // the processes: all branches of main run before it serves
		"flow/reach.go", "instrs = instrs[:live[b]]", "_ = live[b]",
		"./dispatchlocal", "TestPrograms", "no diagnostic was reported matching `mail.sender is set only",
	},
	{ // the processes: a switch decides nothing
		"flow/difference.go", "if !side.not[block] && !f.quiet(block) {", "if block == nil {",
		"./dispatchlocal", "TestPrograms", "no diagnostic was reported matching `billing.DryRun is set only",
	},
	{ // the processes: every process parses its flags
		"flow/effect.go", "if f.value || r.parses {", "if true {",
		"./dispatchlocal", "Test$", "no diagnostic was reported matching `config.Level is set only by",
	},
	{ // the processes: imports have no effect
		"process/imports.go", "if intersect(reached", "if false && intersect(reached",
		"./dispatchlocal", "TestPrograms", "no diagnostic was reported matching `only .*cmd/server imports image/png",
	},
	{ // the processes: what the callee sets counts as unset
		"process/process.go", "is = !before.Sets(q) && m.setter(q) != nil", "is = m.setter(q) != nil",
		"./dispatchlocal", "Test$", "unexpected diagnostic: config.region is set only by",
	},
	{ // the processes: a read counts wherever it is
		"flow/argument.go", "a.tells(r, w) && a.after(w, r)", "a.tells(r, w)",
		"./dispatchlocal", "Test$", "no diagnostic was reported matching `bad.replace writes through its argument",
	},
	{ // the rule for names, in the model
		"../internal/funcname/funcname.go", `return pkg + "." + fn`, `return pkg + "/" + fn`,
		"./registration", "TestNames_property", "names of the program and of the model differ",
	},
	{ // the model: part of the name that a helper sets is lost
		"registration/option.go", "text += p.Text", "text = p.Text",
		"./registration", "TestNames_property", "names of the program and of the model differ",
	},
	{ // the model: conditions around a registration are ignored
		"registration/placement.go", "problem = underCondition", "_ = underCondition",
		"../cmd/dispatchvet", "TestPrograms/programs/12_condition", "silent, and it fails",
	},
	{ // an analyzer: an entrypoint counts as importing everything that it serves
		"dispatchimport/dispatchimport.go", "if !d.reaches(f.Package)", "if false",
		"../cmd/dispatchvet", "TestPrograms/programs/0_missing_import", "silent, and it fails",
	},
}

// quickMutant is the file of the only mutant that runs without -long.
const quickMutant = "dispatchargs.go"

// TestMutants checks that each fault fails a property test. A property test that
// passes in spite of the fault would prove nothing.
func TestMutants(t *testing.T) {
	if race.Enabled {
		t.Skip("the tests run in separate builds without the race detector: run this test without -race")
	}
	for _, m := range mutants {
		t.Run(filepath.Base(m.file), func(t *testing.T) {
			if filepath.Base(m.file) != quickMutant && !property.Long() {
				t.Skip("compiles and runs the tests of a package: run it with -long, as .ci/run does")
			}
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
			cmd := exec.Command("go", "test", "-overlay="+overlay, "-vet=off", "-ldflags=-s -w", "-run="+m.test+"$", m.pkg)
			switch m.pkg { // without these, a test skips the program or type that fails
			case "./dispatchargs":
				cmd.Args = append(cmd.Args, "-types=250")
			case "./dispatchlocal":
				cmd.Args = append(cmd.Args, "-long")
			case "../cmd/dispatchvet":
				cmd.Args = append(cmd.Args, "-kinds=45")
			}
			cmd.Env = append(os.Environ(), "DISPATCH_TEST_OVERLAY="+overlay) // for the programs of tests
			out, err := cmd.CombinedOutput()
			switch {
			case err == nil:
				t.Errorf("%s passes with %q replaced by %q in %s", m.test, m.old, m.new, m.file)
			case !strings.Contains(string(out), m.verdict):
				t.Errorf("output of %s does not contain %q:\n%s", m.test, m.verdict, out)
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
