package dispatchregister_test

import (
	"testing"

	"golang.org/x/tools/go/analysis/analysistest"

	"github.com/cloud-functions-dispatch/go/analyzers/dispatchregister"
	"github.com/cloud-functions-dispatch/go/analyzers/internal/fixtures"
)

func Test(t *testing.T) {
	analysistest.RunWithSuggestedFixes(t, fixtures.Dir(t), dispatchregister.Analyzer, "./src/dispatchregister/...")
}
