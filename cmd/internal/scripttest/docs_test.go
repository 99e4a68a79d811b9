package scripttest_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/cloud-functions-dispatch/go/cmd/internal/scripttest"
	"github.com/cloud-functions-dispatch/go/internal/modcache"
	"github.com/cloud-functions-dispatch/go/internal/race"
)

const root = "../../.."

// TestREADME compiles all Go blocks of the README as one app, and runs its test.
func TestREADME(t *testing.T) {
	skipUnderRace(t)
	t.Parallel()
	dir := module(t)
	for _, block := range blocks(t, "README.md") {
		if strings.HasPrefix(block, "// ") {
			continue // a file of TestREADME_adopt
		}
		switch name := packageOf(block); name {
		case "main":
			write(t, dir, "cmd/app/main.go", block)
		case "thumbs_test":
			write(t, dir, "thumbs/thumbs_test.go", block)
		default:
			write(t, dir, name+"/"+name+".go", block)
		}
	}
	run(t, dir, "go", "vet", "./...")
	if out := run(t, dir, "go", "test", "-v", "./thumbs"); !strings.Contains(out, "--- PASS: TestMake") {
		t.Errorf("the README's test did not run:\n%s", out)
	}
}

// TestDocs compiles every Go block of the other documents, each in a separate folder.
func TestDocs(t *testing.T) {
	skipUnderRace(t)
	t.Parallel()
	dir := module(t)
	write(t, dir, "mail/mail.go", "package mail\n")
	for _, doc := range []string{"analyzers", "calls", "deploy/google", "deploy/aws", "deploy/machine", "security"} {
		n := 0
		for i, block := range blocks(t, "docs/"+doc+".md") {
			if packageOf(block) != "" {
				write(t, dir, fmt.Sprintf("%s%d/x.go", doc, i), block)
				n++
			}
		}
		if n == 0 {
			t.Errorf("docs/%s.md has no blocks of Go", doc)
		}
	}
	run(t, dir, "go", "vet", "./...")
}

// skipUnderRace skips a test that only runs other programs, which have no race detector.
func skipUnderRace(t *testing.T) {
	t.Helper()
	if race.Enabled {
		t.Skip("the commands that it runs have no race detector: run it without -race")
	}
}

// TestServices fails if a Go block of docs/services.md is not in a file of
// examples/signup, which CI compiles and tests. A line with only … stands for the rest.
func TestServices(t *testing.T) {
	t.Parallel()
	var example strings.Builder
	for _, pattern := range []string{"*.go", "*/*.go"} {
		files, err := filepath.Glob(filepath.Join(root, "examples/signup", pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			example.Write(text)
		}
	}
	found := blocks(t, "docs/services.md")
	if len(found) < 7 {
		t.Errorf("docs/services.md has %d blocks of Go, want at least 7", len(found))
	}
	for _, block := range found {
		if text := strings.TrimSuffix(block, "\t…\n"); !strings.Contains(example.String(), text) {
			t.Errorf("examples/signup does not contain this block of docs/services.md:\n%s", text)
		}
	}
}

var goBlock = regexp.MustCompile("(?s)\n```go\n(.*?)```\n")

// blocks returns the Go blocks of a document.
func blocks(t *testing.T, name string) []string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, m := range goBlock.FindAllStringSubmatch(string(data), -1) {
		out = append(out, m[1])
	}
	return out
}

var clause = regexp.MustCompile(`(?m)^package (\w+)$`)

// packageOf returns the name in a block's package clause, or "".
func packageOf(block string) string {
	if m := clause.FindStringSubmatch(block); m != nil {
		return m[1]
	}
	return ""
}

// module returns the folder of a new module that uses this one and the transports.
func module(t *testing.T) string {
	t.Helper()
	modcache.Fill(t)
	abs, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := scripttest.WriteModule(abs, dir, "example.com/app"); err != nil {
		t.Fatal(err)
	}
	return dir
}

// write writes a file in dir.
func write(t *testing.T, dir, name, text string) {
	t.Helper()
	file := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// run runs a command in dir and returns its output.
func run(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOPROXY=off", "GOFLAGS=-buildvcs=false")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}
