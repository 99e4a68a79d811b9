package dispatchargs

import (
	"go/types"

	"github.com/cloud-functions-dispatch/go/internal/argtype"
)

// Check returns the problem of a type, for the test of the table.
func Check(t types.Type) *argtype.Problem { return argtype.Check(new(universe).of(t)) }
