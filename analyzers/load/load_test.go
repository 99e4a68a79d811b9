package load

import (
	"strings"
	"testing"

	"golang.org/x/tools/go/packages"
)

// A package that the go command does not list must be an error: without it, dispatchvet
// would be silent.
func TestCheckLoaded(t *testing.T) {
	t.Parallel()
	a, b := &packages.Package{PkgPath: "example.com/a"}, &packages.Package{PkgPath: "example.com/b"}
	paths := []string{"example.com/a", "example.com/b"}
	if err := checkLoaded([]*packages.Package{b, a}, paths, false); err != nil {
		t.Errorf("all are loaded: %v, want nil", err)
	}
	for _, loaded := range [][]*packages.Package{nil, {a}} {
		err := checkLoaded(loaded, paths, true)
		if err == nil || !strings.Contains(err.Error(), "the go command does not list it (run go mod tidy, or pass -test=false; go list -e -export -test example.com/") {
			t.Errorf("%d of 2 are loaded: %v, want an error with a remedy", len(loaded), err)
		}
	}
}
