// Package analyzers is the suite that dispatchvet runs: one analyzer for each
// kind of mistake that would otherwise show only when a message fails.
package analyzers

import (
	"golang.org/x/tools/go/analysis"

	"github.com/cloud-functions-dispatch/go/analyzers/dispatchargs"
	"github.com/cloud-functions-dispatch/go/analyzers/dispatchcall"
	"github.com/cloud-functions-dispatch/go/analyzers/dispatchimport"
	"github.com/cloud-functions-dispatch/go/analyzers/dispatchlocal"
	"github.com/cloud-functions-dispatch/go/analyzers/dispatchregister"
)

// Suite is every analyzer, by name.
var Suite = []*analysis.Analyzer{
	dispatchargs.Analyzer,
	dispatchcall.Analyzer,
	dispatchimport.Analyzer,
	dispatchlocal.Analyzer,
	dispatchregister.Analyzer,
}

// OfModule are those of the suite whose verdict on a package depends on others
// of its module that it does not import, so that it must not be kept from one
// run to the next. They have the flag that [load.BuildFlags] declares.
var OfModule = []*analysis.Analyzer{
	dispatchimport.Analyzer,
	dispatchlocal.Analyzer,
}
