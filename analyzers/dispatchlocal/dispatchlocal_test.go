package dispatchlocal_test

import (
	"testing"

	"golang.org/x/tools/go/analysis/analysistest"

	"github.com/cloud-functions-dispatch/go/analyzers/dispatchlocal"
	"github.com/cloud-functions-dispatch/go/analyzers/internal/fixtures"
	"github.com/cloud-functions-dispatch/go/internal/property"
	"github.com/cloud-functions-dispatch/go/internal/race"
)

func Test(t *testing.T) {
	analysistest.Run(t, fixtures.Dir(t), dispatchlocal.Analyzer, "./src/dispatchlocal/...")
}

// TestPrograms checks programs as teams write them. Each has a caller and a callee; the
// names of the correct ones begin with right.
func TestPrograms(t *testing.T) {
	if race.Enabled || !property.Long() {
		t.Skip("Test runs the same code with fewer programs: run it with -long and without -race, as .ci/run does")
	}
	analysistest.Run(t, fixtures.Dir(t), dispatchlocal.Analyzer, "./local/...")
}
