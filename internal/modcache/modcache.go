// Package modcache downloads the modules that tests build with, so that the tests
// themselves need no network.
package modcache

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
)

// Fill downloads the missing modules that this module and its fixtures require. A
// build alone downloads fewer: it omits modules needed only on other systems, for
// example, but a workspace needs them all.
func Fill(tb testing.TB) {
	tb.Helper()
	if err := fill(); err != nil {
		tb.Fatal(err)
	}
}

var fill = sync.OnceValue(func() error {
	_, file, _, _ := runtime.Caller(0)
	cmd := exec.Command("go", "mod", "download")
	cmd.Dir = filepath.Join(filepath.Dir(file), "..", "..", "testdata") // the workspace of both modules
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go mod download: %w\n%s", err, out)
	}
	return nil
})
