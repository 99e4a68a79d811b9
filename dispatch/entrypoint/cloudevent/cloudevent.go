// Package cloudevent is the entrypoint for Cloud Functions: it executes the
// calls that Eventarc delivers from a Pub/Sub topic, under the functions
// framework.
//
// It registers by functions.HTTP and reads the events itself: with
// functions.CloudEvent, the framework leaves requests unanswered under load.
//
// Deploy the function with --retry, always. Without it, the platform
// acknowledges what failed.
//
// The server is the framework's. It has no limit of connections, and takes 1 MiB of
// headers from each, before this package sees a request: docs/security.md.
package cloudevent

import (
	"os"
	"os/signal"
	"syscall"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint"
	"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/internal/receive"
)

// Register makes target, which is deployed as --entry-point, execute the
// functions that are registered in this process. Call it once, in init, in
// the package at the root of what is deployed; that package imports, directly
// or not, those of the functions.
//
// On SIGTERM, running calls are finished, new ones are refused for the
// platform to deliver elsewhere, and the process exits with 0.
func Register(target string, opts ...entrypoint.Option) {
	h := receive.MustHandler(opts...)
	functions.HTTP(target, h.ServeHTTP)
	term := make(chan os.Signal, 1)
	signal.Notify(term, syscall.SIGTERM)
	// The framework owns the main goroutine and the server, so this one waits
	// for the signal as long as the process lives.
	go func() {
		<-term
		h.Drain()
		os.Exit(0)
	}()
}
