// Package modcache has the modules at hand that tests build with, so that they
// need no network themselves.
package modcache

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
)

// Fill has the go command fetch what is not there yet of the modules that this
// one and its fixtures require. A build fetches less: not what only another
// system needs, for example, which a workspace wants to know of all the same.
func Fill(tb testing.TB) {
	tb.Helper()
	if err := fill(); err != nil {
		tb.Fatal(err)
	}
}

var fill = sync.OnceValue(func() error {
	_, file, _, _ := runtime.Caller(0)
	cmd := exec.Command("go", "mod", "download")
	cmd.Dir = filepath.Join(filepath.Dir(file), "..", "..", "testdata") // a workspace of both
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go mod download: %w\n%s", err, out)
	}
	return nil
})
