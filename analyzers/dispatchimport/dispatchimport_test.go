package dispatchimport_test

import (
	"testing"

	"golang.org/x/tools/go/analysis/analysistest"

	"github.com/cloud-functions-dispatch/go/analyzers/dispatchimport"
	"github.com/cloud-functions-dispatch/go/analyzers/internal/fixtures"
)

func Test(t *testing.T) {
	analysistest.RunWithSuggestedFixes(t, fixtures.Dir(t), dispatchimport.Analyzer, "./src/dispatchimport/bad", "./src/dispatchimport/good", "./src/dispatchimport/rest", "./src/dispatchimport/platform", "./src/dispatchimport/through", "./src/dispatchimport/reach", "./src/dispatchimport/nocall", "./src/dispatchimport/noclient", "./src/dispatchimport/nohandler", "./src/dispatchimport/withclient", "./src/dispatchimport/serving", "./src/dispatchimport/function", "./src/dispatchimport/chained", "./src/dispatchimport/interfaces/loop")
}

// TestInterfaces has programs that serve through an interface, and one that does not.
func TestInterfaces(t *testing.T) {
	analysistest.Run(t, fixtures.Dir(t), dispatchimport.Analyzer, "./src/dispatchimport/interfaces/...")
}

// TestTransports has programs with and without a client, and with a transport that can
// delay calls or not.
func TestTransports(t *testing.T) {
	analysistest.Run(t, fixtures.Dir(t), dispatchimport.Analyzer, "./src/dispatchimport/clients/...", "./src/dispatchimport/delays/...", "./src/dispatchimport/migrate", "./src/dispatchimport/welcome")
}

func TestAllow(t *testing.T) {
	analysistest.Run(t, fixtures.Dir(t), dispatchimport.Analyzer, "./src/dispatchimport/allow/...")
}
