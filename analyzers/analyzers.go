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

// Suite lists every analyzer, sorted by name.
var Suite = []*analysis.Analyzer{
	dispatchargs.Analyzer,
	dispatchcall.Analyzer,
	dispatchimport.Analyzer,
	dispatchlocal.Analyzer,
	dispatchregister.Analyzer,
}

// OfRegistrations lists the analyzers whose reports mean that a function would not work
// in any callee. If there are such reports, dispatchmain prints them and writes
// nothing.
var OfRegistrations = []*analysis.Analyzer{
	dispatchargs.Analyzer,
	dispatchregister.Analyzer,
}

// OfModule lists the analyzers of the suite that also look at packages of the module
// that the analyzed package does not import. Their diagnostics must therefore not be
// cached between runs. They have the flag that [load.BuildFlags] declares.
var OfModule = []*analysis.Analyzer{
	dispatchimport.Analyzer,
	dispatchlocal.Analyzer,
}
