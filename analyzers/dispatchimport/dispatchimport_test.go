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

// TestPrograms has programs that serve through an interface, and one that does not; programs
// with and without a client; programs with a transport that can delay calls or not; and a
// list of transports. They are loaded at once, from source.
func TestPrograms(t *testing.T) {
	analysistest.Run(t, fixtures.Dir(t), dispatchimport.Analyzer, "./src/dispatchimport/interfaces/...",
		"./src/dispatchimport/clients/...", "./src/dispatchimport/delays/...", "./src/dispatchimport/migrate", "./src/dispatchimport/welcome",
		"./src/dispatchimport/allow/...")
}
