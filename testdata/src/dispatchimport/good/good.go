// Package good is an entrypoint that reaches all packages that it must serve, one of
// them indirectly.
package good

import (
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/cloudevent"

	_ "example.com/fixtures/src/dispatchimport/images"
	_ "example.com/fixtures/src/dispatchimport/indirect"
)

//dispatch:serves ./src/dispatchimport/images example.com/fixtures/src/dispatchimport/mail/...

func init() { cloudevent.Register("Good") }
