package funcname_test

import (
	"strings"
	"testing"

	"github.com/cloud-functions-dispatch/go/internal/funcname"
)

// A name that FromSymbol returns can be split and joined to the same name.
func FuzzFromSymbol(f *testing.F) {
	for _, s := range []string{
		"example.com/app/x%2ev3.F", "main.main.func1", "a.(*T).M-fm", "a.F[...]", ".F", "a/.F", "a%2fb.F", "%.F", "a.F[b/c.T]", "(.F", "é.é",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, symbol string) {
		name, err := funcname.FromSymbol(symbol)
		if (name == "") == (err == nil) {
			t.Fatalf("FromSymbol(%q) = %q, %v, want a name or an error", symbol, name, err)
		}
		if err != nil {
			return
		}
		pkg, fn, ok := funcname.Split(name)
		if !ok || funcname.Join(pkg, fn) != name || pkg == "" {
			t.Errorf("FromSymbol(%q) = %q, which splits into %q, %q, %v", symbol, name, pkg, fn, ok)
		}
		if !strings.HasSuffix(symbol, "."+fn) {
			t.Errorf("FromSymbol(%q) = %q, a function %q that the symbol does not end in", symbol, name, fn)
		}
	})
}

func FuzzSplit(f *testing.F) {
	f.Add("example.com/x.v3", "F")
	f.Add("a/", "b")
	f.Add("", "x.y")
	f.Add("a", "b/c")
	f.Fuzz(func(t *testing.T, a, b string) {
		pkg, fn, ok := funcname.Split(a + b)
		if ok && funcname.Join(pkg, fn) != a+b {
			t.Errorf("Split(%q) = %q, %q, which joins to %q", a+b, pkg, fn, funcname.Join(pkg, fn))
		}
		name := funcname.Join(a, b)
		pkg, fn, ok = funcname.Split(name)
		if ok && (pkg != a || fn != b) && !strings.ContainsAny(b, "./") {
			t.Errorf("Split(Join(%q, %q)) = %q, %q, want the same again", a, b, pkg, fn)
		}
	})
}
