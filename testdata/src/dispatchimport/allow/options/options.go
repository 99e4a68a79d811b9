// Package options has options for entrypoints.
package options

import "github.com/cloud-functions-dispatch/go/dispatch/entrypoint"

// Mail allows functions for mail.
var Mail = entrypoint.Allow("mail.Send", "example.com/fixtures/src/dispatchimport/mail.send")
