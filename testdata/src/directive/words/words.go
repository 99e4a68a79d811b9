// Package words has directives that no check reads.
package words

import _ "github.com/cloud-functions-dispatch/go/dispatch"

/* want `//dispatch:ignore names an unknown check "dispatchnothing" \(write //dispatch:ignore CHECK REASON, where CHECK is one of dispatchargs, dispatchcall, dispatchimport, dispatchlocal, dispatchregister\)` */ //dispatch:ignore dispatchnothing it is not there
/* want `//dispatch:ignore names an unknown check ""` */ //dispatch:ignore
/* want `//dispatch:serve is not a directive \(write //dispatch:ignore or //dispatch:serves\)` */ //dispatch:serve ./mail
/* want `//dispatch:serves names no packages` */ //dispatch:serves
/* want `//dispatch: is not a directive` */ //dispatch:

//dispatch:ignore dispatchargs what that silences, it says itself
// dispatch:prose is not a directive, nor is /*dispatch:this*/
