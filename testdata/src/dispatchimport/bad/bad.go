// Package bad is an entrypoint that does not import all packages that it must serve.
package bad

import (
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/cloudevent"

	_ "example.com/fixtures/src/dispatchimport/images"
)

//dispatch:serves ./src/dispatchimport/images ./src/dispatchimport/mail/...
//dispatch:serves ./src/nothing/... // want `//dispatch:serves ./src/nothing/... matches no package that registers a function`

func init() {
	cloudevent.Register("Bad") // want `bad does not import example.com/fixtures/src/dispatchimport/mail: calls of mail.send fail there \(import _ "example.com/fixtures/src/dispatchimport/mail", or run dispatchmain generate\)`
}
