package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// modules are the modules to vet by default.
var modules = []string{
	"github.com/hibiken/asynq@v0.26.0",
	"github.com/riverqueue/river@v0.51.2",
	"go.temporal.io/sdk@v1.51.0",
	"github.com/spf13/cobra@v1.10.2",
	"github.com/prometheus/client_golang@v1.25.0",
	"google.golang.org/grpc@v1.85.0",
	"github.com/caddyserver/caddy/v2@v2.11.9",
	"github.com/go-chi/chi/v5@v5.5.0",
	"miniflux.app/v2@v2.3.5",
	"gocloud.dev@v0.47.0",
}

// silent vets modules, unchanged and with a registration in each of their packages,
// under go vet and without it. It returns an error if there is a diagnostic.
func silent(root string, modules []string) error {
	var loud []string
	for _, module := range modules {
		dir, err := os.MkdirTemp("", "bench-silent")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		b := &bencher{bin: filepath.Join(dir, "bin"), dir: filepath.Join(dir, "module")}
		if b.root, err = filepath.Abs(root); err != nil {
			return err
		}
		if err := b.tools(false); err != nil {
			return err
		}
		if err := b.copyModule(module); err != nil {
			return err
		}
		said, err := b.vet()
		if err != nil {
			return err
		}
		n, err := b.useRuntime(len(b.packages) + 1) // all of them
		if err != nil {
			return fmt.Errorf("%s: %w", module, err)
		}
		more, err := b.vet()
		if err != nil {
			return err
		}
		if said += more; said != "" {
			loud = append(loud, module)
			fmt.Print(said)
		}
		fmt.Printf("%-45s %3d packages, with a registration in all of %d: silent %v\n", module, len(b.packages), n, said == "")
	}
	if len(loud) > 0 {
		return fmt.Errorf("not silent on %s", strings.Join(loud, ", "))
	}
	return nil
}

// vet returns the output of dispatchvet, under go vet and without it.
func (b *bencher) vet() (string, error) {
	var said strings.Builder
	tool := filepath.Join(b.bin, "dispatchvet")
	for _, args := range [][]string{{"go", "vet", "-vettool=" + tool, "./..."}, {tool, "./..."}} {
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Dir = b.dir
		out, err := cmd.CombinedOutput()
		for line := range strings.Lines(string(out)) {
			if !strings.HasPrefix(line, "#") && !strings.HasPrefix(line, "go: downloading") {
				said.WriteString(args[0] + ": " + line)
			}
		}
		if _, ok := err.(*exec.ExitError); err != nil && !ok {
			return "", err
		}
	}
	return said.String(), nil
}
