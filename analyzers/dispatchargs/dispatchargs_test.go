package dispatchargs_test

import (
	"testing"

	"golang.org/x/tools/go/analysis/analysistest"

	"github.com/cloud-functions-dispatch/go/analyzers/dispatchargs"
	"github.com/cloud-functions-dispatch/go/analyzers/internal/fixtures"
)

func Test(t *testing.T) {
	analysistest.Run(t, fixtures.Dir(t), dispatchargs.Analyzer, "./src/dispatchargs/bad", "./src/dispatchargs/good")
}
