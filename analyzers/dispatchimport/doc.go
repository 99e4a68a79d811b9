// Package dispatchimport defines an analyzer that finds functions which an
// entrypoint must serve but does not import.
//
// # Analyzer dispatchimport
//
// dispatchimport: find registered functions that the callee's entrypoint does not import
//
// A function is registered when its package is initialized, so a callee has it
// only if the package is among its imports, direct or not. The check looks at
// each entrypoint, that is, a package that calls something of
// dispatch/entrypoint/…, and reports every function of its module, and of the
// packages of other modules that those import, that it does not reach.
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
// A directive narrows what an entrypoint serves. Its patterns are relative to
// the root of the module, or import paths:
//
//	//dispatch:serves ./mail/... example.com/app/images
//
// Where the module registers nothing itself, the entrypoint must serve the
// modules on disk (of the workspace, or replaced by a folder) from which it
// imports a registering package.
//
// It also reports a program that can come to a call, and an entrypoint that
// serves a function which can, where nothing links a transport or makes a client.
//
// The check looks outside of the package that it reports on. Under go vet its
// unit is therefore never cached.
package dispatchimport
