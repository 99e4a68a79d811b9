// Package good is an entrypoint that reaches what it must serve, one package
// of it through another.
package good

import (
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/cloudevent"

	_ "example.com/fixtures/src/dispatchimport/images"
	_ "example.com/fixtures/src/dispatchimport/indirect"
)

//dispatch:serves ./src/dispatchimport/images example.com/fixtures/src/dispatchimport/mail/...

func init() { cloudevent.Register("Good") }
