package directive_test

import (
	"testing"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/analysistest"

	"github.com/cloud-functions-dispatch/go/analyzers"
	"github.com/cloud-functions-dispatch/go/analyzers/dispatchcall"
	"github.com/cloud-functions-dispatch/go/analyzers/dispatchregister"
	"github.com/cloud-functions-dispatch/go/analyzers/internal/directive"
	"github.com/cloud-functions-dispatch/go/analyzers/internal/fixtures"
)

func Test(t *testing.T) {
	t.Parallel()
	for pkg, a := range map[string]*analysis.Analyzer{"calls": dispatchcall.Analyzer, "words": dispatchregister.Analyzer} {
		t.Run(a.Name, func(t *testing.T) {
			t.Parallel()
			analysistest.Run(t, fixtures.Dir(t), a, "./src/directive/"+pkg)
		})
	}
}

// TestChecks compares Checks with the suite.
func TestChecks(t *testing.T) {
	t.Parallel()
	for i, a := range analyzers.Suite {
		if i >= len(directive.Checks) || directive.Checks[i] != a.Name || len(directive.Checks) != len(analyzers.Suite) {
			t.Fatalf("Checks is %q, want the names of the suite", directive.Checks)
		}
	}
}
