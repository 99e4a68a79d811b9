//go:build unix

package dev

import (
	"os"
	"path/filepath"
	"testing"
)

// TestSweep: only the folder of a process that has ended is removed.
func TestSweep(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	folder := func(name string, mode os.FileMode, owner string) string {
		dir := filepath.Join(tmp, name)
		if err := os.Mkdir(dir, mode); err != nil {
			t.Fatal(err)
		}
		if owner != "" {
			if err := os.WriteFile(filepath.Join(dir, owner), []byte("1"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		return dir
	}
	dead := folder("dispatchmain-dead", 0o700, ownerFile)
	kept := []string{
		folder("dispatchmain-starting", 0o700, ownerFile+".new"),
		folder("dispatchmain-other", 0o700, ""),
		folder("dispatchmain-shared", 0o755, ownerFile),
		folder("mine", 0o700, ownerFile),
		folder("dispatchmain-alive", 0o700, ""),
		filepath.Join(tmp, "dispatchmain-link"),
	}
	if err := os.Symlink("mine", kept[5]); err != nil {
		t.Fatal(err)
	}
	lock, err := lockFolder(kept[4])
	if err != nil {
		t.Fatal(err)
	}
	sweep()
	if _, err := os.Stat(dead); !os.IsNotExist(err) {
		t.Errorf("%s was not removed", dead)
	}
	for _, dir := range kept {
		if _, err := os.Stat(dir); err != nil {
			t.Errorf("%s was removed", dir)
		}
	}
	if err := lock.Close(); err != nil {
		t.Fatal(err)
	}
	sweep()
	if _, err := os.Stat(kept[4]); !os.IsNotExist(err) {
		t.Errorf("%s was not removed after its process had ended", kept[4])
	}
}
