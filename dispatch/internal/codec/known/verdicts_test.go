package known

import (
	"os"
	"testing"

	"golang.org/x/tools/go/analysis/analysistest"

	"github.com/cloud-functions-dispatch/go/analyzers/dispatchargs"
)

// dispatchargs is silent about the types in testdata/right, and reports those in wrong.
func TestVerdicts(t *testing.T) {
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	analysistest.Run(t, dir, dispatchargs.Analyzer, "./testdata/right", "./testdata/wrong")
}
