package funcname_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cloud-functions-dispatch/go/internal/funcname"
	"github.com/cloud-functions-dispatch/go/internal/race"
)

// named maps the functions shown by testdata/built/cmd/show to their names.
var named = map[string]string{
	"plain":          "example.com/app.v3/plain.F",
	"dotted module":  "example.com/app.v3.F",
	"dotted package": "example.com/app.v3/x.v3.F",
	"major version":  "example.com/app.v3/v2.F",
	"other folder":   "example.com/app.v3/folder.F",
	"inlined":        "example.com/app.v3/forms.Tiny",
	"not inlined":    "example.com/app.v3/forms.Whole",
	"unexported":     "example.com/app.v3/forms.unexported",
	"not ASCII":      "example.com/app.v3/forms.Größe",
	"underscore":     "example.com/app.v3/forms.X_1",
}

// nameless maps the functions that have no name to the reason.
var nameless = map[string]error{
	"in main":                      funcname.ErrMain,
	"literal":                      funcname.ErrClosure,
	"literal in a variable":        funcname.ErrClosure,
	"literal in init":              funcname.ErrClosure,
	"literal with a capture":       funcname.ErrClosure,
	"literal of an inlined":        funcname.ErrClosure,
	"literal in a literal":         funcname.ErrClosure,
	"literal in a defer":           funcname.ErrClosure,
	"literal in a range":           funcname.ErrClosure,
	"method value":                 funcname.ErrMethodValue,
	"method value of a pointer":    funcname.ErrMethodValue,
	"method value of a generic":    funcname.ErrMethodValue,
	"method value of an interface": funcname.ErrMethodValue,
	"method expression":            funcname.ErrMethod,
	"method expression, pointer":   funcname.ErrMethod,
	"method expression, promoted":  funcname.ErrMethod,
	"method expression, generic":   funcname.ErrGeneric,
	"method expression, interface": funcname.ErrMethod,
	"generic instance":             funcname.ErrGeneric,
	"generic instance of own type": funcname.ErrGeneric,
	"made by reflect":              funcname.ErrReflect,
	"method by reflect":            funcname.ErrReflect,
}

// The names of functions, and the reasons for having none, do not depend on how
// the program is built.
func TestFromSymbol_builtPrograms(t *testing.T) {
	if race.Enabled {
		t.Skip("the programs are built without this test's race detector, one of them with its own: run it without -race")
	}
	t.Parallel()
	dir := builtModule(t)
	// The builds run in sequence, with vendoring last, since the vendor folder
	// would change the other builds.
	for _, tt := range []struct{ what, flag string }{
		{"plain", ""},
		{"trimpath", "-trimpath"},
		{"stripped", "-ldflags=-s -w"},
		{"cover", "-cover"},
		{"race", "-race"},
		{"not inlined", "-gcflags=example.com/app.v3/...=-l"},
		{"vendored", "-mod=vendor"},
	} {
		t.Run(tt.what, func(t *testing.T) {
			args := []string{"build", "-o", filepath.Join(t.TempDir(), "show")}
			if tt.flag != "" {
				args = append(args, tt.flag)
			}
			switch tt.what {
			case "race":
				skipWithoutRace(t)
			case "vendored":
				run(t, dir, "go", "mod", "vendor")
			}
			run(t, dir, "go", append(args, "./cmd/show")...)
			checkShown(t, run(t, dir, args[2]))
		})
	}
	t.Run("go test", func(t *testing.T) {
		run(t, dir, "go", "test", "-vet=off", "./cmd/show")
	})
}

// checkShown compares the output of the program with named and nameless.
func checkShown(t *testing.T, out string) {
	t.Helper()
	seen := 0
	for line := range strings.Lines(out) {
		f := strings.Split(strings.TrimSpace(line), "\t")
		if len(f) != 4 {
			continue // a warning, such as the one of -cover
		}
		seen++
		what, name, reason, symbol := f[0], f[1], f[2], f[3]
		want, wantReason := named[what], "<nil>"
		if err := nameless[what]; err != nil {
			wantReason = err.Error()
		}
		if name != want || reason != wantReason {
			t.Errorf("%s (symbol %s): got name %q, error %s, want %q, %s", what, symbol, name, reason, want, wantReason)
		}
	}
	if want := len(named) + len(nameless); seen != want {
		t.Errorf("the program showed %d functions, want %d:\n%s", seen, want, out)
	}
}

// builtModule copies the module of testdata/built to a temporary folder, and
// next to it a module that contains only this package. It returns the folder.
func builtModule(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	app, lib := filepath.Join(dir, "app"), filepath.Join(dir, "lib")
	copyInto(t, app, "testdata/built")
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !strings.HasSuffix(f, "_test.go") {
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			write(t, filepath.Join(lib, "funcname", f), string(b))
		}
	}
	const path = "example.com/lib"
	write(t, filepath.Join(lib, "go.mod"), "module "+path+"\n\ngo 1.26.0\n")
	write(t, filepath.Join(app, "go.mod"), "module example.com/app.v3\n\ngo 1.26.0\n\n"+
		"require "+path+" v0.0.0\n\nreplace "+path+" => ../lib\n")
	return app
}

func copyInto(t *testing.T, dir, from string) {
	t.Helper()
	if err := os.CopyFS(dir, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// run returns the output of the command, and ends the test if the command fails.
func run(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	// Only the flags under test may differ from the default.
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off", "GOCOVERDIR="+t.TempDir())
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// skipWithoutRace skips the test if the race detector cannot be linked.
func skipWithoutRace(t *testing.T) {
	t.Helper()
	out, err := exec.Command("go", "env", "CGO_ENABLED", "CC").Output()
	enabled, cc, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	if err != nil || enabled != "1" {
		t.Skip("-race needs cgo, which is switched off")
	}
	if _, err := exec.LookPath(strings.Fields(cc)[0]); err != nil {
		t.Skip("-race needs a C compiler, and there is none")
	}
}
