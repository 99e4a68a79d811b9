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
	conf := &packages.Config{Context: t.Context(), Dir: t.TempDir(), Tests: true}
	if err := checkLoaded(conf, []*packages.Package{b, a}, paths); err != nil {
		t.Errorf("all are loaded: %v, want nil", err)
	}
	for _, loaded := range [][]*packages.Package{nil, {a}} {
		err := checkLoaded(conf, loaded, paths)
		if err == nil || !strings.Contains(err.Error(), "(run go mod tidy, or pass -test=false") {
			t.Errorf("%d of 2 are loaded: %v, want an error with a remedy", len(loaded), err)
		}
	}
}
