package dispatchargs_test

import (
	"testing"

	"golang.org/x/tools/go/analysis/analysistest"

	"github.com/cloud-functions-dispatch/go/analyzers/dispatchargs"
	"github.com/cloud-functions-dispatch/go/analyzers/internal/fixtures"
)

func Test(t *testing.T) {
	analysistest.RunWithSuggestedFixes(t, fixtures.Dir(t), dispatchargs.Analyzer, "./src/dispatchargs/bad", "./src/dispatchargs/good", "./src/dispatchargs/handles", "./src/dispatchargs/protobuf/...")
}

func Test_secrets(t *testing.T) {
	set := func(value string) {
		if err := dispatchargs.Analyzer.Flags.Set(dispatchargs.SecretsFlag, value); err != nil {
			t.Fatal(err)
		}
	}
	set("true")
	defer set("false")
	analysistest.Run(t, fixtures.Dir(t), dispatchargs.Analyzer, "./src/dispatchargs/secrets", "./src/dispatchargs/good")
}
