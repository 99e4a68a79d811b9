// Package entrypoint contains the options of a callee's entrypoint, and the result of a
// delivery. Its subpackages are the entrypoints: cloudevent for Cloud Functions, push for
// HTTP, pull for a worker.
//
// A message is acknowledged only after its call was executed, after a middleware of
// [Executing] returned nil without executing it, or after the sink that [DeadLetters]
// sets has accepted it. An unknown function, arguments that do not decode, a panic and
// an error of the function are failed deliveries, which the queue retries or
// dead-letters.
package entrypoint
