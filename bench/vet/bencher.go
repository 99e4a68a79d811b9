package main

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// A bencher runs commands in a copy of a module, and measures them.
type bencher struct {
	root, bin, dir string
	runs           int
	packages       []pkg
	last           map[string]string // by name of a tool, the last copy that fresh made
}

// A pkg is a package as the go command lists it.
type pkg struct {
	ImportPath, Dir, Name string
	Deps                  []string
	GoFiles               []string
}

// tools builds the tools to measure.
func (b *bencher) tools(others bool) error {
	b.last = make(map[string]string)
	builds := [][]string{
		{b.root, "go", "build", "-o", b.bin + "/", "./cmd/dispatchvet"},
		{".", "go", "build", "-o", b.bin + "/", "./unit", "./single"},
	}
	if others {
		builds = append(builds,
			[]string{".", "go", "install", "honnef.co/go/tools/cmd/staticcheck@v0.8.2"},
			[]string{".", "go", "install", "github.com/breml/errchkjson/cmd/errchkjson@v0.4.1"})
	}
	for _, args := range builds {
		cmd := exec.Command(args[1], args[2:]...)
		cmd.Dir = args[0]
		cmd.Env = append(os.Environ(), "GOBIN="+b.bin)
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%v: %w\n%s", args, err, out)
		}
	}
	path, err := exec.Command("go", "tool", "-n", "vet").Output()
	if err != nil {
		return err
	}
	return copyFile(filepath.Join(b.bin, "vet"), strings.TrimSpace(string(path)), 0o777)
}

// copyModule copies the module into the folder, with everything that its build needs.
func (b *bencher) copyModule(module string) error {
	out, err := exec.Command("go", "mod", "download", "-json", module).Output()
	if err != nil {
		return fmt.Errorf("download %s: %w", module, err)
	}
	var m struct{ Dir string }
	if err := json.Unmarshal(out, &m); err != nil {
		return err
	}
	if err := os.CopyFS(b.dir, os.DirFS(m.Dir)); err != nil {
		return err
	}
	err = filepath.WalkDir(b.dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		return os.Chmod(path, 0o777) // the module cache is read-only
	})
	if err != nil {
		return err
	}
	if _, err := b.run("chmod", "-R", "u+w", "."); err != nil {
		return err
	}
	if err := b.dropReplacements(); err != nil {
		return err
	}
	if _, err := b.run("go", "mod", "tidy"); err != nil {
		return err
	}
	return b.list()
}

// dropReplacements drops replacements by folders that the download does not contain, so
// that these modules come from the proxy.
func (b *bencher) dropReplacements() error {
	cmd := exec.Command("go", "mod", "edit", "-json")
	cmd.Dir = b.dir
	out, err := cmd.Output()
	if err != nil {
		return err
	}
	var mod struct {
		Replace []struct {
			Old, New struct{ Path, Version string }
		}
	}
	if err := json.Unmarshal(out, &mod); err != nil {
		return err
	}
	for _, r := range mod.Replace {
		if _, err := os.Stat(filepath.Join(b.dir, r.New.Path)); r.New.Version == "" && err != nil {
			if _, err := b.run("go", "mod", "edit", "-dropreplace="+r.Old.Path); err != nil {
				return err
			}
		}
	}
	return nil
}

// list lists the packages of the module.
func (b *bencher) list() error {
	cmd := exec.Command("go", "list", "-json=ImportPath,Dir,Name,Deps,GoFiles", "./...")
	cmd.Dir = b.dir
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("list the module: %w%s", err, stderr(err))
	}
	b.packages = nil
	for dec := json.NewDecoder(bytes.NewReader(out)); dec.More(); {
		var p pkg
		if err := dec.Decode(&p); err != nil {
			return err
		}
		b.packages = append(b.packages, p)
	}
	return nil
}

// stderr returns the standard error of a command that failed.
func stderr(err error) string {
	if e, ok := err.(*exec.ExitError); ok {
		return "\n" + string(e.Stderr)
	}
	return ""
}

// useRuntime adds registrations to packages until want packages reach the runtime. It
// returns the number of packages that do.
func (b *bencher) useRuntime(want int) (int, error) {
	importers := make(map[string][]string)
	for _, p := range b.packages {
		for _, dep := range p.Deps {
			importers[dep] = append(importers[dep], p.ImportPath)
		}
	}
	slices.SortStableFunc(b.packages, func(p, q pkg) int {
		return cmp.Compare(len(importers[p.ImportPath]), len(importers[q.ImportPath]))
	})
	reach := make(map[string]bool)
	for _, p := range b.packages {
		if len(reach) >= want {
			break
		}
		if p.Name == "main" || len(p.GoFiles) == 0 {
			continue
		}
		reach[p.ImportPath] = true
		for _, imp := range importers[p.ImportPath] {
			reach[imp] = true
		}
		source := "package " + p.Name + "\n\nimport (\n\tzzcontext \"context\"\n\n\tzzdispatch \"github.com/cloud-functions-dispatch/go/dispatch\"\n)\n\nvar _ = zzdispatch.Register(zzDispatched)\n\nfunc zzDispatched(ctx zzcontext.Context, key string, n int) error { return nil }\n"
		if err := os.WriteFile(filepath.Join(p.Dir, "zz_dispatched.go"), []byte(source), 0o666); err != nil {
			return 0, err
		}
	}
	if err := b.addRuntime(); err != nil {
		return 0, err
	}
	return len(reach), nil
}

// addRuntime makes the module require the runtime, and builds it.
func (b *bencher) addRuntime() error {
	const runtime = "github.com/cloud-functions-dispatch/go"
	for _, args := range [][]string{
		{"go", "mod", "edit", "-go=1.26.0", "-require=" + runtime + "@v0.0.0-00010101000000-000000000000", "-replace=" + runtime + "=" + b.root},
		{"go", "mod", "tidy"},
		{"go", "build", "./..."},
	} {
		if _, err := b.run(args...); err != nil {
			return err
		}
	}
	return nil
}

// A usage is the resources that a command used.
type usage struct {
	seconds   float64 // of CPU time, including children
	megabytes float64 // of the process or its largest child
}

// run runs a command in the module and measures it. Diagnostics that the command
// reports are not an error.
func (b *bencher) run(args ...string) (usage, error) {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir = b.dir
	cache, err := os.MkdirTemp("", "bench-cache")
	if err != nil {
		return usage{}, err
	}
	defer os.RemoveAll(cache)
	cmd.Env = append(os.Environ(), "STATICCHECK_CACHE="+cache)
	out, err := cmd.CombinedOutput()
	if _, ok := err.(*exec.ExitError); err != nil && (!ok || cmd.ProcessState.ExitCode() > 3 || args[0] == "go" && args[1] != "vet") {
		return usage{}, fmt.Errorf("%v: %w\n%s", args, err, out)
	}
	r := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	return usage{
		seconds:   (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds(),
		megabytes: float64(r.Maxrss) / 1024, // Linux counts in KiB
	}, nil
}

// fresh returns a copy of a tool for which the go command has nothing cached. It appends
// random text to the copy, since the go command identifies tools by their content.
func (b *bencher) fresh(tool string) (string, error) {
	path := filepath.Join(b.bin, tool+"-"+strings.ToLower(rand.Text()))
	if err := copyFile(path, filepath.Join(b.bin, tool), 0o777); err != nil {
		return "", err
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return "", err
	}
	defer f.Close()
	b.last[tool] = path
	_, err = f.WriteString(rand.Text())
	return path, err
}

// copyFile copies a file.
func copyFile(to, from string, mode os.FileMode) error {
	src, err := os.Open(from)
	if err != nil {
		return err
	}
	defer src.Close()
	dst, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, mode)
	if err != nil {
		return err
	}
	if _, err := io.Copy(dst, src); err != nil {
		return err
	}
	return dst.Close()
}
