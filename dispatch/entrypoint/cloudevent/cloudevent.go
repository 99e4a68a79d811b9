// Package cloudevent is the entrypoint for Cloud Functions. It executes the calls that
// Eventarc delivers from a Pub/Sub topic, under the functions framework.
//
// It registers with functions.HTTP and parses the events itself, because with
// functions.CloudEvent the framework leaves requests unanswered under load.
//
// Always deploy the function with --retry. Without it, the platform acknowledges failed
// calls.
//
// The framework's server does not limit connections, and reads up to 1 MiB of headers from
// each before this package sees a request: see docs/security.md.
package cloudevent

import (
	"os"
	"os/signal"
	"syscall"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/internal/receive"
)

// Register makes target execute the functions that are registered in this process. When
// you deploy, pass target as --entry-point. Call Register once, in init, in the package
// at the root of the deployed folder. That package must import the packages of the
// functions, directly or indirectly.
//
// On SIGTERM, the callee refuses new calls, which the platform then delivers elsewhere. It
// finishes the running calls, and exits with 0.
func Register(target string, opts ...entrypoint.Option) {
	h := receive.MustHandler(opts...)
	functions.HTTP(target, h.ServeHTTP)
	term := make(chan os.Signal, 1)
	signal.Notify(term, syscall.SIGTERM)
	// The framework owns the main goroutine and the server, so this goroutine waits for
	// the signal until the process exits.
	go func() {
		<-term
		h.Drain()
		os.Exit(0)
	}()
}
