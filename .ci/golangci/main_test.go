package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/cloud-functions-dispatch/go/analyzers"
)

// TestAgree: golangci-lint with the plugin, go vet with the tool and the tool
// alone give the same diagnostics on the fixtures, but for the two checks that
// the plugin leaves out.
func TestAgree(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	run(t, ".", true, "go", "build", "-o", filepath.Join(bin, "golangci-lint"), ".")
	run(t, root, true, "go", "build", "-o", filepath.Join(bin, "dispatchvet"), "./cmd/dispatchvet")
	fixtures := filepath.Join(root, "testdata")
	config, err := filepath.Abs("golangci.yml")
	if err != nil {
		t.Fatal(err)
	}

	stdout, stderr := run(t, fixtures, false, filepath.Join(bin, "golangci-lint"), "run", "-c", config, "--path-mode=abs",
		"--output.text.path=stdout", "--output.text.print-issued-lines=false", "--output.text.colors=false", "./src/...")
	if n := strings.Count(stderr, "dispatchimport and dispatchlocal stale"); n != 1 {
		t.Errorf("it says %d times what it leaves out, want once:\n%s", n, stderr)
	}
	lint := make(map[string]bool)
	for line := range strings.Lines(stdout) {
		if m := regexp.MustCompile(`^(\S+:\d+:\d+): (dispatch\w+: .*) \(dispatch\)\n$`).FindStringSubmatch(line); m != nil {
			lint[m[1]+" "+m[2]] = true
		}
	}
	alone, _ := run(t, fixtures, false, filepath.Join(bin, "dispatchvet"), "-json", "./src/...")
	vet, _ := run(t, fixtures, false, "go", "vet", "-json", "-vettool="+filepath.Join(bin, "dispatchvet"), "./src/...")
	compare(t, "golangci-lint", lint, "dispatchvet alone", diagnostics(t, alone, false))
	compare(t, "go vet", diagnostics(t, vet, true), "dispatchvet alone", diagnostics(t, alone, true))
	if len(lint) < 100 {
		t.Errorf("the fixtures have %d diagnostics, want more than 100", len(lint))
	}
	t.Logf("golangci-lint, go vet and dispatchvet alone: %d diagnostics, and %d with the two checks", len(lint), len(diagnostics(t, vet, true)))
}

// diagnostics reads what -json prints: an object for each package, and comments.
func diagnostics(t *testing.T, out string, all bool) map[string]bool {
	t.Helper()
	out = regexp.MustCompile(`(?m)^#.*$`).ReplaceAllString(out, "")
	ofModule := make(map[string]bool)
	for _, a := range analyzers.OfModule {
		ofModule[a.Name] = true
	}
	found := make(map[string]bool)
	for dec := json.NewDecoder(strings.NewReader(out)); dec.More(); {
		var tree map[string]map[string][]struct{ Posn, Message string }
		if err := dec.Decode(&tree); err != nil {
			t.Fatalf("%v in\n%s", err, out)
		}
		for _, byCheck := range tree {
			for check, ds := range byCheck {
				for _, d := range ds {
					if all || !ofModule[check] {
						found[fmt.Sprintf("%s %s: %s", d.Posn, check, d.Message)] = true
					}
				}
			}
		}
	}
	return found
}

func compare(t *testing.T, name string, got map[string]bool, other string, want map[string]bool) {
	t.Helper()
	var diff []string
	for d := range got {
		if !want[d] {
			diff = append(diff, name+" only: "+d)
		}
	}
	for d := range want {
		if !got[d] {
			diff = append(diff, other+" only: "+d)
		}
	}
	if slices.Sort(diff); len(diff) > 0 {
		t.Errorf("they differ:\n%s", strings.Join(diff, "\n"))
	}
}

func run(t *testing.T, dir string, must bool, name string, args ...string) (stdout, stderr string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil && must {
		t.Fatalf("%s %v: %v\n%s", name, args, err, errs.String())
	}
	return out.String(), errs.String()
}
