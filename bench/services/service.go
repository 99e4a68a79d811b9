package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/tools/txtar"
)

const (
	runtime = "github.com/cloud-functions-dispatch/go"
	callee  = "cmd/dispatchcallee"
)

// A service is the copy of a server's module, with functions added to it.
type service struct {
	name, module, dir string
	flags             string   // GOFLAGS
	path              string   // of the module, as its go.mod says
	packages          []string // that are vetted, relative to the module
}

// newService makes a service of a file of the folder data. The comment of the archive
// begins with the module and its version; the same line may have flags for the go
// command. A member "edit FILE" replaces text in a file of
// the server: each pair of texts stands on either side of a line =>, and pairs are
// separated by a line ---. Other members are added to the module. Those named
// dispatched.go register functions.
func newService(archive, root, dir string) (*service, error) {
	data, err := txtar.ParseFile(archive)
	if err != nil {
		return nil, err
	}
	s := &service{name: filepath.Base(dir), dir: dir, packages: []string{"./" + callee}}
	first, _, _ := strings.Cut(string(data.Comment), "\n")
	s.module, s.flags, _ = strings.Cut(first, " ")
	if err := os.RemoveAll(dir); err != nil {
		return nil, err
	}
	if err := s.copyModule(); err != nil {
		return nil, err
	}
	var imports []string
	for _, f := range data.Files {
		name, isEdit := strings.CutPrefix(f.Name, "edit ")
		file := filepath.Join(dir, name)
		if isEdit {
			err = edit(file, string(f.Data))
		} else {
			err = writeFile(file, f.Data)
		}
		if err != nil {
			return nil, err
		}
		if filepath.Base(name) == "dispatched.go" {
			imports = append(imports, filepath.Dir(name))
		}
		if filepath.Ext(name) == ".go" {
			s.packages = append(s.packages, "./"+filepath.Dir(name))
		}
	}
	slices.Sort(s.packages)
	s.packages = slices.Compact(s.packages)
	if err := s.require(root); err != nil {
		return nil, err
	}
	return s, s.writeCallee(imports)
}

// copyModule copies the module into the folder.
func (s *service) copyModule() error {
	out, err := command(".", "go", "mod", "download", "-json", s.module)
	if err != nil {
		return err
	}
	var m struct{ Dir string }
	if err := json.Unmarshal([]byte(out), &m); err != nil {
		return err
	}
	if err := os.CopyFS(s.dir, os.DirFS(m.Dir)); err != nil {
		return err
	}
	_, err = command(s.dir, "chmod", "-R", "u+w", ".") // the module cache is read-only
	return err
}

// require adds the runtime to the module's go.mod.
func (s *service) require(root string) error {
	out, err := command(s.dir, "go", "mod", "edit", "-json")
	if err != nil {
		return err
	}
	var mod struct {
		Go      string
		Module  struct{ Path string }
		Replace []struct {
			Old, New struct{ Path, Version string }
		}
	}
	if err := json.Unmarshal([]byte(out), &mod); err != nil {
		return err
	}
	s.path = mod.Module.Path
	args := []string{"go", "mod", "edit", "-require=" + runtime + "@v0.0.0-00010101000000-000000000000", "-replace=" + runtime + "=" + root}
	if mod.Go < "1.26" {
		args = append(args, "-go=1.26.0")
	}
	for _, r := range mod.Replace { // the download does not contain all folders
		if _, err := os.Stat(filepath.Join(s.dir, r.New.Path)); r.New.Version == "" && err != nil {
			args = append(args, "-dropreplace="+r.Old.Path)
		}
	}
	_, err = command(s.dir, args...)
	return err
}

// writeCallee writes the callee's main package, which imports the packages that register
// functions.
func (s *service) writeCallee(imports []string) error {
	var b strings.Builder
	b.WriteString("// Dispatchcallee executes the calls.\npackage main\n\nimport (\n\t\"context\"\n\t\"log\"\n\n\t\"" + runtime + "/dispatch/entrypoint/push\"\n\n")
	for _, dir := range imports {
		fmt.Fprintf(&b, "\t_ %q\n", path.Join(s.path, dir))
	}
	b.WriteString(")\n\nfunc main() {\n\tif err := push.Run(context.Background()); err != nil {\n\t\tlog.Fatal(err)\n\t}\n}\n")
	return writeFile(filepath.Join(s.dir, callee, "main.go"), []byte(b.String()))
}

// vet compiles the packages, vets them, and prints the diagnostics and the cost.
func (s *service) vet(bin, vet string, limit time.Duration) error {
	os.Setenv("GOFLAGS", s.flags)
	for _, args := range [][]string{
		append([]string{"go", "build", "-p=1", "-mod=mod", "-o", os.DevNull}, s.packages...),
		{"go", "list", "-mod=mod", "-e", "-deps", "./..."}, // completes go.sum
	} {
		if out, err := command(s.dir, args...); err != nil {
			return fmt.Errorf("%w\n%s", err, out)
		}
	}
	log := filepath.Join(bin, s.name+".log")
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, "go", append([]string{"vet", "-p=1", "-vettool=" + filepath.Join(bin, "timed")}, s.packages...)...)
	cmd.Dir = s.dir
	cmd.Env = append(os.Environ(), "TIMED_TOOL="+vet, "TIMED_LOG="+log)
	cmd.WaitDelay = time.Second
	out, err := cmd.CombinedOutput()
	if ctx.Err() != nil {
		return fmt.Errorf("vet did not end in %v\n%s", limit, out)
	}
	if _, ok := err.(*exec.ExitError); err != nil && !ok {
		return err
	}
	cost, err := s.cost(log)
	if err != nil {
		return err
	}
	fmt.Printf("%s (%d packages vetted, callee %s)\n", s.module, len(s.packages), cost)
	for line := range strings.Lines(string(out)) {
		if !strings.HasPrefix(line, "#") && !strings.HasPrefix(line, "go: ") {
			fmt.Print("\t", line)
		}
	}
	return nil
}

// cost returns the cost of vetting the callee, from the wrapper's log.
func (s *service) cost(log string) (string, error) {
	data, err := os.ReadFile(log)
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(data)) {
		if f := strings.Fields(line); f[0] == s.path+"/"+callee {
			return fmt.Sprintf("%s CPU s, %s MB", f[1], f[2]), nil
		}
	}
	return "", fmt.Errorf("the callee was not vetted: %s", data)
}

// edit replaces texts in a file. Each text must occur in it once.
func edit(path, edits string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	text := string(data)
	for pair := range strings.SplitSeq(edits, "\n---\n") {
		old, now, ok := strings.Cut(pair, "\n=>\n")
		if n := strings.Count(text, old); !ok || n != 1 {
			return fmt.Errorf("%s has %q %d times", path, old, n)
		}
		text = strings.Replace(text, old, strings.TrimSuffix(now, "\n"), 1)
	}
	return os.WriteFile(path, []byte(text), 0o666)
}

// writeFile writes a file, in a folder that it may have to make.
func writeFile(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o666)
}

// command runs a command in a folder and returns its standard output.
func command(dir string, args ...string) (string, error) {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir = dir
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("%s: %w\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return string(out), err
}
