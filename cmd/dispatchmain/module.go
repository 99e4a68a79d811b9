package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/cloud-functions-dispatch/go/analyzers/load"
	"github.com/cloud-functions-dispatch/go/cmd/dispatchmain/internal/folder"
	"github.com/cloud-functions-dispatch/go/cmd/dispatchmain/internal/synth"
)

// moduleRoot returns the root of the module that contains the working folder.
func moduleRoot(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("run go env GOMOD: %w", err)
	}
	file := strings.TrimSpace(string(out))
	if filepath.Base(file) != "go.mod" {
		return "", errors.New("the working folder is not in a module (run dispatchmain in one)")
	}
	root := filepath.Dir(file)
	if mod, err := os.ReadFile(file); err == nil && folder.Written(mod) {
		return "", fmt.Errorf("%s is the callee's own module (run dispatchmain in the application's module)", root)
	}
	return root, nil
}

// findCallees returns the entrypoints that dispatchmain wrote in the module in dir
// and in the callees' own modules below it.
func findCallees(dir string) ([]string, error) {
	var files []string
	err := load.Walk(dir, func(path string, nested bool) error {
		if nested && !isUserModule(path) {
			below, err := findCallees(path)
			files = append(files, below...)
			return err
		}
		file := filepath.Join(path, synth.EntrypointFile)
		if info, err := os.Stat(file); err != nil || nested || info.IsDir() {
			return nil // there is none
		}
		data, err := os.ReadFile(file)
		if err == nil && folder.Written(data) {
			files = append(files, file)
		}
		return err
	})
	return files, err
}

// isUserModule reports whether dir holds a module that dispatchmain did not write.
func isUserModule(dir string) bool {
	mod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	return err != nil || !folder.Written(mod)
}
