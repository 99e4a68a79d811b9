package registration_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cloud-functions-dispatch/go/analyzers/internal/fixtures"
	"github.com/cloud-functions-dispatch/go/analyzers/load"
	"github.com/cloud-functions-dispatch/go/internal/property"
)

var namesFlag = flag.Int("names", 300, "how many functions TestNames_property registers")

// deliverProgram is a callee that delivers a call to every name that may exist, and
// prints which function ran for it.
const deliverProgram = `package main

import (
	"bytes"
	"encoding/json"
	"log"
	"net/http/httptest"
	"os"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/push"

	"example.com/fixtures/src/registration/generated/ran"
%s)

func main() {
	h := push.NewHandler()
	out := make(map[string]string)
	for _, name := range names {
		ran.Last = ""
		r := httptest.NewRequest("POST", "/", bytes.NewBufferString("[]"))
		for k, v := range map[string]string{"ce-specversion": "1.0", "ce-id": "1", "ce-source": "/", "ce-type": "dev.cloudfunctions.dispatch.call.v1", "ce-subject": name, "Content-Type": "application/json"} {
			r.Header.Set(k, v)
		}
		h.ServeHTTP(httptest.NewRecorder(), r)
		if ran.Last != "" {
			out[name] = ran.Last
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(out); err != nil {
		log.Fatal(err)
	}
}

var names = %#v
`

// TestNames_property registers functions in every legal form. It compares the names
// in the model with the names under which the built program runs the functions.
func TestNames_property(t *testing.T) {
	t.Parallel()
	seed, rounds := property.Seed(), 1
	if property.Long() {
		rounds = 10
	}
	for i := range uint64(rounds) {
		checkNames(t, seed+i)
	}
}

// checkNames compares the names for one generated program.
func checkNames(t *testing.T, seed uint64) {
	t.Helper()
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 0))}
	dir := filepath.Join(fixtures.Dir(t), "src", "registration", "generated")
	files := map[string][]byte{filepath.Join(dir, "ran", "ran.go"): []byte("package ran\n\nvar Last string\n")}
	imports := ""
	paths := []string{"a", "dotted.v3", "b/v2", "renamed-folder", "x.y/z.w", "c", "b/deep.er/v2", "d"}
	names := []string{"a", "dotted", "b", "renamed", "z", "c", "deeper", "d"}
	for i, p := range paths {
		imports += fmt.Sprintf("\t_ %q\n", generated+"/"+p)
		files[filepath.Join(dir, p, "p.go")] = []byte(g.pkg(generated+"/"+p, names[i], *namesFlag/len(paths)))
	}
	files[filepath.Join(dir, "run", "main.go")] = fmt.Appendf(nil, deliverProgram, imports, g.names)

	want := make(map[string]string)
	out, err := command(t, files, "run", generated+"/run").Output()
	if err == nil {
		err = json.Unmarshal(out, &want)
	}
	if err != nil {
		t.Fatalf("-seed=%d: %v\n%s", seed, err, stderr(err))
	}
	if len(want) < g.n {
		t.Errorf("-seed=%d: the program ran functions under %d names, want at least %d", seed, len(want), g.n)
	}

	program, err := load.Load(t.Context(), &load.Config{Dir: fixtures.Dir(t), Overlay: files}, nil, generated+"/run")
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[string]string)
	for _, p := range paths {
		model := program.Model(generated + "/" + p)
		if model == nil {
			t.Fatalf("-seed=%d: %s has no model", seed, p)
		}
		for _, r := range model.Registrations {
			for _, problem := range r.Problems {
				t.Errorf("-seed=%d: %s: %s", seed, program.Position(problem.Pos()), problem.Message)
			}
			for _, name := range r.Names() {
				if r.Obj == nil {
					continue
				}
				got[name] = r.Obj.Pkg().Path() + " " + r.Obj.Name()
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-seed=%d -names=%d: names of the program and of the model differ (-program +model):\n%s", seed, *namesFlag, diff)
	}
	t.Logf("-seed=%d: %d functions under %d names", seed, g.n, len(want))
}

// command returns a go command that runs in the fixtures with an overlay of files.
func command(t *testing.T, files map[string][]byte, args ...string) *exec.Cmd {
	t.Helper()
	dir := t.TempDir()
	replace := make(map[string]string)
	for name, data := range files {
		replace[name] = filepath.Join(dir, fmt.Sprintf("%d.go", len(replace)))
		if err := os.WriteFile(replace[name], data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	list, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	overlay := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(overlay, list, 0o666); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", append([]string{args[0], "-overlay=" + overlay}, args[1:]...)...)
	cmd.Dir = fixtures.Dir(t)
	return cmd
}

// stderr returns the standard error output of a failed command.
func stderr(err error) string {
	if e, ok := err.(*exec.ExitError); ok {
		return strings.TrimSpace(string(e.Stderr))
	}
	return ""
}
