package entrypoint

import "time"

// An Outcome is the outcome of one delivery. It decides whether the message is
// acknowledged.
type Outcome string

const (
	// Executed: the call was executed, or a middleware returned nil without executing it.
	// The message is acknowledged.
	Executed Outcome = "executed"
	// Retry: the delivery failed, and a retry may succeed. The message is not
	// acknowledged.
	Retry Outcome = "retry"
	// Permanent: the delivery failed, and no retry will succeed. The message is not
	// acknowledged, because there is no dead-letter sink, or the sink failed.
	Permanent Outcome = "permanent"
	// Parked: the delivery failed, and no retry would succeed. The dead-letter sink has
	// the message, so it is acknowledged.
	Parked Outcome = "parked"
)

// A Reason is the kind of a failure. There are only a few, so you can use it as the label
// of a metric.
type Reason string

const (
	// ReasonMalformed: the request is not a message, or the message is not a call.
	ReasonMalformed Reason = "malformed"
	// ReasonTooLarge: the request or the arguments exceed a limit of the entrypoint, such
	// as [MaxBody] or [MaxArgs].
	ReasonTooLarge Reason = "too large"
	// ReasonExpired: the function did not start within the time of dispatch.Expire.
	ReasonExpired Reason = "expired"
	// ReasonUnknown: no function is registered under the name.
	ReasonUnknown Reason = "unknown"
	// ReasonArguments: the arguments do not decode into the function's parameters.
	ReasonArguments Reason = "arguments"
	// ReasonRefused: a middleware returned an error, or [Allow] does not list the function.
	ReasonRefused Reason = "refused"
	// ReasonUnauthenticated: the function of [Authenticate] refused the request.
	ReasonUnauthenticated Reason = "unauthenticated"
	// ReasonStart: a function of dispatch.OnStart failed, so the call did not run.
	ReasonStart Reason = "start"
	// ReasonError: the function returned an error.
	ReasonError Reason = "error"
	// ReasonPanic: the function, a decoder, a middleware or a function of dispatch.OnStart
	// panicked, or ended its goroutine.
	ReasonPanic Reason = "panic"
	// ReasonTimeout: the time of [Timeout], [Deadline] or dispatch.Timeout has run out.
	ReasonTimeout Reason = "timeout"
	// ReasonOverload: the call waited too long for other calls, or for memory. Run more
	// callees, or raise [Concurrency] or [MaxHeld].
	ReasonOverload Reason = "overload"
	// ReasonStopped: the callee is shutting down. The delivery is not logged.
	ReasonStopped Reason = "stopped"
)

// A Result describes one delivery. Its error contains no argument, unless the function
// put one into its own error.
type Result struct {
	Outcome   Outcome
	Err       error         // nil if and only if Outcome is Executed
	Reason    Reason        // empty if Outcome is Executed
	ID        string        // the call's ID, truncated to 1,024 bytes; empty if the message has none
	Name      string        // the function's name in the message, truncated to 1,024 bytes
	Function  string        // the name of the registered function; empty if none was found
	Attempt   int           // the number of this attempt; 0 if the platform does not report it
	Published time.Time     // when the message was published; zero if the platform does not report it
	Duration  time.Duration // how long the delivery took, from its arrival; 0 if it could not be read
}
