// Package dispatchimport defines an analyzer that finds functions which an
// entrypoint must serve but does not import.
//
// # Analyzer dispatchimport
//
// dispatchimport: find registered functions that the callee's entrypoint does not import
//
// A function is registered when its package is initialized, so a callee has the
// function only if the callee imports that package, directly or indirectly. An
// entrypoint is a package that calls a function of dispatch/entrypoint/…, or that
// converts a value to an interface through which its method calls one. It must serve
// the functions registered in its module, and in packages of other modules
// that its module imports. The check reports every such function in a package that
// the entrypoint does not import.
//
//	package callee
//
//	import (
//		"github.com/cloud-functions-dispatch/go/dispatch/entrypoint/cloudevent"
//
//		_ "example.com/app/mail" // without it, calls of mail.Send fail
//	)
//
//	func init() { cloudevent.Register("Dispatch") }
//
// A directive limits the packages that an entrypoint serves. Its patterns are
// import paths or relative to the root of the module:
//
//	//dispatch:serves ./mail/... example.com/app/images
//
// If the module registers nothing itself, the entrypoint must serve the modules on
// disk (of the workspace, or replaced by a folder) from which it imports a
// registering package. If there are none, it must serve the modules that it requires
// by version, as far as the go command can list their packages.
//
// The check also reports a program that can make calls, or an entrypoint that
// serves a function which can:
//   - if it links no transport, and no code that it can reach sets a client,
//   - if it delays a call, and Pub/Sub is its only transport.
//
// A name in entrypoint.Allow that no function has is reported too.
//
// The check does not see methods that code calls by reflection, except Run, and
// interfaces that another package finds with a type assertion.
//
// The check looks outside the package that it reports on. Therefore go vet never
// caches its result for that package.
package dispatchimport
