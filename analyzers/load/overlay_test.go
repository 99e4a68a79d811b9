package load

import (
	"context"
	"go/token"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/tools/go/packages"
)

// An overlay replaces the file of an entrypoint, for the go command and for the checks.
func TestLoad_overlay(t *testing.T) {
	t.Parallel()
	dir := filepath.Join("..", "..", "examples", "orders")
	file, err := filepath.Abs(filepath.Join(dir, "callee", "dispatch_callee.go"))
	if err != nil {
		t.Fatal(err)
	}
	const path = "github.com/cloud-functions-dispatch/go/examples/orders/callee"
	for _, c := range []struct {
		overlay map[string][]byte
		want    int // entrypoints
	}{
		{nil, 1},
		{map[string][]byte{file: []byte("package main\n\nfunc main() {}\n")}, 0},
	} {
		p, err := Load(context.Background(), &Config{Dir: dir, Overlay: c.overlay}, nil, "./...")
		if err != nil {
			t.Fatal(err)
		}
		got := 0
		if m := p.Model(path); m != nil {
			got = len(m.Entrypoints)
		}
		if errs := p.Errors(); got != c.want || len(errs) > 0 {
			t.Errorf("with overlay %v: got %d entrypoints and the errors %q, want %d and none", c.overlay != nil, got, errs, c.want)
		}
	}
}

// The loader's own overlay makes it type-check everything from source, so only an overlay
// that adds a file uses it.
func TestSetOverlay(t *testing.T) {
	t.Parallel()
	old := filepath.Join(t.TempDir(), "a.go")
	if err := os.WriteFile(old, []byte("package a"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		files map[string][]byte
		own   bool
	}{
		{"replaces a file", map[string][]byte{old: []byte("package b")}, true},
		{"adds a file", map[string][]byte{old: []byte("package b"), old + "2.go": []byte("package b")}, false},
	} {
		var conf packages.Config
		remove, err := setOverlay(&conf, c.files)
		if err != nil {
			t.Fatal(err)
		}
		list := FlagValue(conf.BuildFlags, "overlay")
		if got := conf.Overlay == nil; got != c.own || c.own != (list != "") {
			t.Errorf("%s: our own overlay: %v, %q; want %v", c.name, got, list, c.own)
		}
		if c.own {
			f, err := conf.ParseFile(token.NewFileSet(), old, []byte("package a"))
			if err != nil || f.Name.Name != "b" {
				t.Errorf("%s: parsed %v, %v; want package b", c.name, f, err)
			}
			if remove(); exists(list) {
				t.Errorf("%s: %s is left over", c.name, list)
			}
		}
	}
}
