package dispatchcall_test

import (
	"testing"

	"golang.org/x/tools/go/analysis/analysistest"

	"github.com/cloud-functions-dispatch/go/analyzers/dispatchcall"
	"github.com/cloud-functions-dispatch/go/analyzers/internal/fixtures"
)

func Test(t *testing.T) {
	analysistest.RunWithSuggestedFixes(t, fixtures.Dir(t), dispatchcall.Analyzer, "./src/dispatchcall/...")
}
