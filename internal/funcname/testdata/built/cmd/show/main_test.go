package main

import (
	"reflect"
	"runtime"
	"testing"

	"example.com/lib/funcname"
)

// Under go test, symbols of a package main begin with its import path.
func TestMainHasAPath(t *testing.T) {
	const want = "example.com/app.v3/cmd/show.F"
	got, err := funcname.FromSymbol(runtime.FuncForPC(reflect.ValueOf(F).Pointer()).Name())
	if got != want || err != nil {
		t.Errorf("the name of F in a test of package main = %q, %v, want %q", got, err, want)
	}
}
