package scripttest_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/cloud-functions-dispatch/go/internal/modcache"
	"github.com/cloud-functions-dispatch/go/internal/property"
)

// TestREADME_adopt follows «Adopt it in ten minutes» in the README as a reader does: it
// writes the files, runs the commands, and compares their output.
func TestREADME_adopt(t *testing.T) {
	skipUnderRace(t)
	if !property.Long() {
		t.Skip("builds four programs: run it with -long, as .ci/run does")
	}
	t.Parallel()
	modcache.Fill(t)
	dir := t.TempDir()
	abs, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	// The module is this one, in place of a release.
	write(t, dir, "go.mod", "module example.com/shop\n\ngo 1.26.0\n\nreplace github.com/cloud-functions-dispatch/go => "+abs+"\n")
	text, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n## Adopt it in ten minutes\n")
	section, _, _ = strings.Cut(section, "\n## ")
	commands := 0
	for _, block := range fenced.FindAllStringSubmatch(section, -1) {
		switch lang, text := block[1], block[2]; lang {
		case "go":
			name, ok := strings.CutPrefix(strings.SplitN(text, "\n", 2)[0], "// ")
			if !ok {
				t.Fatalf("a block of Go does not begin with the name of its file:\n%s", text)
			}
			write(t, dir, name, text)
		case "console":
			for _, c := range strings.Split("\n"+text, "\n$ ")[1:] {
				command, want, _ := strings.Cut(strings.TrimSuffix(c, "\n"), "\n")
				commands++
				checkConsole(t, dir, command, want)
			}
		}
	}
	if commands < 8 {
		t.Errorf("the README has %d commands, want at least the 8 of its steps", commands)
	}
}

var fenced = regexp.MustCompile("(?s)\n```(\\w+)\n(.*?)```\n")

// checkConsole runs a command and compares its output with want. In want, … within a
// line stands for any text, and a line with only … for any number of lines. The order
// of lines is ignored, since several programs may print at once.
func checkConsole(t *testing.T, dir, command, want string) {
	t.Helper()
	cmd := exec.Command("sh", "-c", command)
	cmd.Dir = dir
	cache, err := exec.Command("go", "env", "GOMODCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	// Use only modules that are already in the cache.
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOSUMDB=off", "GOFLAGS=-buildvcs=false",
		"GOPROXY=file://"+filepath.ToSlash(filepath.Join(strings.TrimSpace(string(cache)), "cache", "download")))
	out, err := cmd.CombinedOutput()
	var got, missing []string
	for line := range strings.Lines(string(out)) {
		got = append(got, strings.TrimSpace(line))
	}
	unexpected := len(got)
	for line := range strings.Lines(want) {
		line = strings.TrimSpace(line)
		pattern := regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(line), "…", ".*") + "$")
		if line == "…" {
			unexpected = 0
		} else if !slices.ContainsFunc(got, pattern.MatchString) {
			missing = append(missing, line)
		} else {
			unexpected--
		}
	}
	if err != nil || len(missing) > 0 || unexpected > 0 {
		t.Fatalf("$ %s\n%s\nended with %v, lacks %q, and should have printed\n%s", command, out, err, missing, want)
	}
	fmt.Fprintf(t.Output(), "$ %s\n%s", command, out)
}
