package transport

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
)

// TestBundled: an error for a scheme that is not linked tells which package to import, so
// the lists of bundled schemes must have those of all packages in the subfolders.
func TestBundled(t *testing.T) {
	t.Parallel()
	for call, bundled := range map[string][]string{
		`transport\.Register\("(\w+)"`:             transports.bundled,
		`transport\.RegisterSubscription\("(\w+)"`: subscriptions.bundled,
	} {
		files, err := filepath.Glob("*/*.go")
		if err != nil {
			t.Fatal(err)
		}
		var schemes []string
		for _, file := range files {
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range regexp.MustCompile(call).FindAllSubmatch(source, -1) {
				if scheme := string(m[1]); scheme == filepath.Base(filepath.Dir(file)) {
					schemes = append(schemes, scheme)
				}
			}
		}
		if slices.Sort(schemes); !slices.Equal(schemes, bundled) {
			t.Errorf("the packages in the subfolders register %q, bundled is %q", schemes, bundled)
		}
	}
}
