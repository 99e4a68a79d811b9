package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/cloud-functions-dispatch/go/analyzers/load"
	"github.com/cloud-functions-dispatch/go/cmd/dispatchmain/internal/folder"
)

// The runtime of a deployed function is that of the go line.
func TestRuntime(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		line, name string
		newer      bool
	}{
		{"", "go126", false}, // the go command raises it to what the runtime requires
		{"go 1.22", "go126", false},
		{"go 1.26", "go126", false},
		{"go 1.26.0", "go126", false},
		{"go 1.26.8\ntoolchain go1.27.1", "go126", false},
		{"go 1.27rc1", "go127", false},
		{"go 1.27.2", "go127", false},
		{"go 1.28", "go128", true},
		{"go 1.30.1 // why", "go130", true},
		{"go nonsense", "go126", false},
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module example.com/app\n"+tt.line+"\n"), 0o666); err != nil {
			t.Fatal(err)
		}
		s := &synthesis{module: folder.Module{Dir: dir}, build: new(load.Settings)}
		if name, newer := s.runtime(); name != tt.name || newer != tt.newer {
			t.Errorf("%q: %s, newer %t, want %s, %t", tt.line, name, newer, tt.name, tt.newer)
		}
	}
}
