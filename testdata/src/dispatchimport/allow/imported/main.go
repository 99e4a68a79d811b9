// Imported has its options from another package.
package main

import (
	"context"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/pull"

	"example.com/fixtures/src/dispatchimport/allow/options"
	_ "example.com/fixtures/src/dispatchimport/mail"
)

//dispatch:serves ./src/dispatchimport/mail

func main() {
	_ = pull.Run(context.Background(), options.Mail) // want `entrypoint.Allow at options.go:7 in example.com/fixtures/src/dispatchimport/allow/options has "mail.Send", which is no function's name`
}
