package scripttest_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// deployPages are the pages about deployment, in the order in which they build on each
// other.
var deployPages = []string{"docs/deploy/google.md", "docs/deploy/aws.md", "docs/deploy/machine.md"}

// TestDeploy_headings: the pages have the same sections.
func TestDeploy_headings(t *testing.T) {
	t.Parallel()
	want := []string{"Queue", "Dead letters", "Rights", "Callee", "See and replay", "Limits"}
	for _, page := range deployPages {
		var got []string
		for _, m := range section.FindAllStringSubmatch(read(t, page), -1) {
			got = append(got, m[1])
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s has the sections %q, want %q", page, got, want)
		}
	}
}

var section = regexp.MustCompile(`(?m)^## (.*)$`)

// TestDeploy_commands runs the commands of the pages in a shell, with stubs in place of
// programs that need a cloud or compile. Each variable must be set, and what is JSON must
// be valid.
func TestDeploy_commands(t *testing.T) {
	t.Parallel()
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("there is no bash to run the commands")
	}
	dir, bin := t.TempDir(), t.TempDir()
	for _, name := range []string{"aws", "gcloud", "go", "systemctl", "zip"} {
		write(t, bin, name, "#!/bin/sh\nprintf '%s\\0' \"$@\" >>\"$ARGS\"\necho stub\n")
		if err := os.Chmod(filepath.Join(bin, name), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	var script strings.Builder
	for _, page := range deployPages {
		for _, m := range fenced.FindAllStringSubmatch(read(t, page), -1) {
			if m[1] == "sh" {
				script.WriteString(m[2])
			}
		}
	}
	args := filepath.Join(bin, "args")
	cmd := exec.Command(bash, "-eu")
	cmd.Dir = dir
	cmd.Env = []string{"PATH=" + bin + string(filepath.ListSeparator) + os.Getenv("PATH"), "ARGS=" + args}
	cmd.Stdin = strings.NewReader(script.String())
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("the commands ended with %v:\n%s", err, out)
	}
	given, err := os.ReadFile(args)
	if err != nil {
		t.Fatal(err)
	}
	for arg := range strings.SplitSeq(string(given), "\x00") {
		name, _ := strings.CutPrefix(arg, "file://")
		if name != arg {
			text, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Errorf("a command reads a file that no command wrote: %v", err)
			}
			arg = string(text)
		}
		_, value, _ := strings.Cut(arg, "=")
		for _, text := range []string{arg, value} {
			if isJSON.MatchString(text) {
				checkJSON(t, text)
			}
		}
	}
}

// isJSON matches the beginning of a JSON text; the AWS CLI has another form with braces.
var isJSON = regexp.MustCompile(`^(\{\s*"|\[)`)

// checkJSON checks a JSON text, and those that it contains as strings.
func checkJSON(t *testing.T, text string) {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Errorf("%s: %v", text, err)
	}
	if m, ok := v.(map[string]any); ok {
		for _, member := range m {
			if s, ok := member.(string); ok && strings.HasPrefix(s, "{") {
				checkJSON(t, s)
			}
		}
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
